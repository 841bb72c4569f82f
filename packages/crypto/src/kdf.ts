import { hash } from 'node:crypto';
import { blockBytes, hmacSha256, writeInnerDigest, writePad } from './hmac.ts';
import { secretMemory } from './secret-memory.ts';
import { Secret } from './secret.ts';
import { assertUsable } from './usable-key.ts';

const digestBytes = 32;
const counterBytes = 4;

/**
 * NIST SP 800-108r1 section 4.1, KDF in counter mode: PRF HMAC-SHA-256, 32-bit counter before the fixed input
 * data Label || 0x00 || Context || [L]_2 with L in bits as 32 bits. `label` is printable ASCII, so that
 * the separator is unambiguous. Throws an Error for a disposed or all-zero key, a RangeError for a label or length it
 * does not allow.
 */
export function deriveKey(key: Secret, label: string, context: Uint8Array, lengthBytes: number): Secret {
  const fixedInput = writeFixedInput(label, context, lengthBytes);
  return Secret.take(key.use((bytes) => counterMode(bytes, fixedInput, lengthBytes)));
}

/** The KDF over fixed input data as given; the result is the caller's to zeroise. Not exported from the package. */
export function counterMode(key: Uint8Array, fixedInput: Uint8Array, lengthBytes: number): Buffer {
  assertUsable(key);
  const input = Buffer.alloc(counterBytes + fixedInput.length);
  input.set(fixedInput, counterBytes);
  const derived = secretMemory(lengthBytes);
  for (let at = 0, i = 1; at < lengthBytes; at += digestBytes, i++) {
    input.writeUInt32BE(i);
    const block = hmacSha256(key, input);
    block.copy(derived, at);
    block.fill(0);
  }
  return derived;
}

/**
 * `deriveKey` for 32-byte keys under one label and contexts of one length: the one iteration of the KDF over a
 * prepared block, 1.5 us where `deriveKey` takes 2.9. Not exported from the package.
 */
export class MessageKdf {
  /** K XOR ipad || [1]_4 || Label || 0x00 || Context || [256]_4. */
  readonly #inner: Buffer;
  readonly #outer = Buffer.alloc(blockBytes + digestBytes);
  /** Where the caller writes the context, in full, before each `derive`. */
  readonly context: Buffer;

  constructor(label: string, contextBytes: number) {
    const fixedInput = writeFixedInput(label, Buffer.alloc(contextBytes), digestBytes);
    this.#inner = Buffer.alloc(blockBytes + counterBytes + fixedInput.length);
    this.#inner.writeUInt32BE(1, blockBytes);
    this.#inner.set(fixedInput, blockBytes + counterBytes);
    const contextAt = blockBytes + counterBytes + label.length + 1;
    this.context = this.#inner.subarray(contextAt, contextAt + contextBytes);
  }

  /**
   * The 32-byte key, in memory of its own, for the caller to zeroise. `key` is at most 64 bytes.
   * The digest comes as a Buffer: a string would be faster by 0.4 us and could never be zeroised.
   */
  derive(key: Uint8Array): Buffer {
    assertUsable(key);
    if (key.length > blockBytes) throw new RangeError('The key is longer than a block of the hash');
    writePad(this.#inner, key, 0x36);
    writePad(this.#outer, key, 0x5c);
    writeInnerDigest(this.#inner, this.#outer);
    const derived = hash('sha256', this.#outer, 'buffer');
    this.#inner.fill(0, 0, blockBytes);
    this.#outer.fill(0);
    return derived;
  }
}

function writeFixedInput(label: string, context: Uint8Array, lengthBytes: number): Buffer {
  if (!/^[!-~]+$/.test(label))
    throw new RangeError('A label is printable ASCII without spaces, and not empty');
  if (!Number.isInteger(lengthBytes) || lengthBytes < 1 || lengthBytes > 0x1fffffff) {
    throw new RangeError('The length in bits does not fit 32 bits');
  }
  const fixedInput = Buffer.alloc(label.length + 1 + context.length + 4);
  fixedInput.write(label, 'latin1');
  fixedInput.set(context, label.length + 1);
  fixedInput.writeUInt32BE(lengthBytes * 8, label.length + 1 + context.length);
  return fixedInput;
}
