import { hash } from 'node:crypto';

/** SHA-256's block, RFC 2104's B. */
export const blockBytes = 64;
const digestBytes = 32;
const scratchMessageBytes = 4096;

// Two one-shot hashes over a prepared block take under half the time of createHmac (0.9 against 2.2 us for
// 75 bytes): no native object is made. Nothing here awaits, so one scratch serves all callers.
const innerScratch = Buffer.alloc(blockBytes + scratchMessageBytes);
const outerScratch = Buffer.alloc(blockBytes + digestBytes);

/** Writes RFC 2104's K XOR ipad (0x36) or K XOR opad (0x5c) into the first 64 bytes of `target`. */
export function writePad(target: Uint8Array, key: Uint8Array, pad: 0x36 | 0x5c): void {
  const { length } = key;
  for (let i = 0; i < length; i++) target[i] = (key[i] ?? 0) ^ pad;
  for (let i = length; i < blockBytes; i++) target[i] = pad;
}

/**
 * HMAC's outer hash: `outer` holds K XOR opad and room for the inner digest, which `inner` (padded key, message)
 * gives. The inner digest passes through a string, which JavaScript cannot zeroise: alone it yields neither the
 * key nor another message's MAC.
 */
export function writeInnerDigest(inner: Uint8Array, outer: Buffer): void {
  outer.write(hash('sha256', inner, 'binary'), blockBytes, 'latin1');
}

/**
 * HMAC-SHA-256 (RFC 2104, FIPS 198-1) for keys and messages of any length: 32 bytes in memory of their own, for the
 * caller to zeroise where they are a key. For many messages under one key use `HmacKey`.
 */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Buffer {
  const block = key.length > blockBytes ? hash('sha256', key, 'buffer') : key;
  const inner = innerBlock(message.length);
  writePad(inner, block, 0x36);
  inner.set(message, blockBytes);
  writePad(outerScratch, block, 0x5c);
  writeInnerDigest(inner, outerScratch);
  const mac = hash('sha256', outerScratch, 'buffer');
  inner.fill(0);
  outerScratch.fill(0);
  if (block !== key) block.fill(0);
  return mac;
}

/** An HMAC-SHA-256 key with its padded blocks computed once, in memory of its own. */
export class HmacKey implements Disposable {
  /** K XOR ipad, then K XOR opad; undefined once disposed. */
  #pads: Buffer | undefined;

  /** Copies `key` (any length; the caller zeroises its own bytes). */
  constructor(key: Uint8Array) {
    const block = key.length > blockBytes ? hash('sha256', key, 'buffer') : key;
    this.#pads = Buffer.alloc(2 * blockBytes);
    writePad(this.#pads, block, 0x36);
    writePad(this.#pads.subarray(blockBytes), block, 0x5c);
    if (block !== key) block.fill(0);
  }

  /**
   * The 32-byte MAC of the first `length` bytes of `message`, in memory of its own.
   * It passes through a string, so a MAC that is itself a key comes from `hmacSha256` instead.
   */
  sign(message: Uint8Array, length = message.length): Buffer {
    const mac = Buffer.alloc(digestBytes);
    mac.write(this.#mac(message, length, 'binary'), 'latin1');
    return mac;
  }

  /** The MAC of the first `length` bytes of `message` as lower-case hexadecimal. */
  signHex(message: Uint8Array, length = message.length): string {
    return this.#mac(message, length, 'hex');
  }

  dispose(): void {
    this.#pads?.fill(0);
    this.#pads = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #mac(message: Uint8Array, length: number, encoding: 'binary' | 'hex'): string {
    const pads = this.#pads;
    if (pads === undefined) throw new Error('The HmacKey was disposed');
    if (length < 0 || length > message.length) throw new RangeError('The message is shorter than that');
    const inner = innerBlock(length);
    pads.copy(inner, 0, 0, blockBytes);
    inner.set(length === message.length ? message : message.subarray(0, length), blockBytes);
    pads.copy(outerScratch, 0, blockBytes);
    writeInnerDigest(inner, outerScratch);
    const mac = hash('sha256', outerScratch, encoding);
    inner.fill(0);
    outerScratch.fill(0);
    return mac;
  }
}

function innerBlock(messageBytes: number): Buffer {
  if (messageBytes > scratchMessageBytes) return Buffer.alloc(blockBytes + messageBytes);
  return innerScratch.subarray(0, blockBytes + messageBytes);
}
