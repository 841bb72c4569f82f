import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { counterMode, deriveKey, MessageKdf } from './kdf.ts';
import { Secret } from './secret.ts';

interface Vectors {
  readonly cavp: readonly { count: number; key: string; fixedInput: string; derived: string }[];
  readonly openssl: readonly { key: string; label: string; context: string; derived: string }[];
}

const vectors = JSON.parse(
  readFileSync(new URL('../../../vectors/sp800-108-counter.json', import.meta.url), 'utf8'),
) as Vectors;

function hex(digits: string): Buffer {
  return Buffer.from(digits, 'hex');
}

/** SP 800-108r1 section 4.1, written from its text. */
function counterReference(key: Uint8Array, fixedInput: Uint8Array, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let i = 1; blocks.length * 32 < length; i++) {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(i);
    blocks.push(createHmac('sha256', key).update(counter).update(fixedInput).digest());
  }
  return Buffer.concat(blocks).subarray(0, length);
}

function reference(key: Uint8Array, label: string, context: Uint8Array, length: number): Buffer {
  const bits = Buffer.alloc(4);
  bits.writeUInt32BE(length * 8);
  return counterReference(key, Buffer.concat([Buffer.from(label), Buffer.of(0), context, bits]), length);
}

function reveal(secret: Secret): string {
  return secret.use((bytes) => bytes.toString('hex'));
}

const nonZeroKey = fc.uint8Array({ minLength: 1, maxLength: 64 }).filter((key) => key.some((b) => b !== 0));

describe('deriveKey', () => {
  it.each(vectors.cavp)("gives the answer of NIST's CAVP, count $count", ({ key, fixedInput, derived }) => {
    const length = derived.length / 2;
    expect(counterMode(hex(key), hex(fixedInput), length).toString('hex')).toBe(derived);
    expect(counterReference(hex(key), hex(fixedInput), length).toString('hex')).toBe(derived);
  });

  it.each(vectors.openssl)("gives the answer of OpenSSL's KBKDF (%#)", (vector) => {
    const key = Secret.take(hex(vector.key));
    const derived = deriveKey(key, vector.label, hex(vector.context), vector.derived.length / 2);
    expect(reveal(derived)).toBe(vector.derived);
  });

  it('agrees with a second implementation for any key, context and length', () => {
    fc.assert(
      fc.property(
        nonZeroKey,
        fc.uint8Array({ maxLength: 100 }),
        fc.integer({ min: 1, max: 200 }),
        (key, context, length) => {
          const derived = deriveKey(Secret.take(Buffer.from(key)), 'a/label/1', context, length);
          expect(reveal(derived)).toBe(reference(key, 'a/label/1', context, length).toString('hex'));
        },
      ),
    );
  });

  it('gives unrelated keys for another label, context or length', () => {
    const key = Secret.random(32);
    const derived = [
      deriveKey(key, 'a', Buffer.from('bc'), 32),
      deriveKey(key, 'ab', Buffer.from('c'), 32),
      deriveKey(key, 'a', Buffer.from('bd'), 32),
      deriveKey(key, 'a', Buffer.from('bc'), 64),
    ].map((secret) => reveal(secret).slice(0, 64));
    expect(new Set(derived).size).toBe(4);
  });

  it('refuses an empty or all-zero key', () => {
    expect(() => deriveKey(Secret.take(Buffer.alloc(32)), 'a', Buffer.alloc(0), 32)).toThrow(/all zero/);
    expect(() => deriveKey(Secret.take(Buffer.alloc(0)), 'a', Buffer.alloc(0), 32)).toThrow(/all zero/);
  });

  it('refuses a disposed key', () => {
    const key = Secret.random(32);
    key.dispose();
    expect(() => deriveKey(key, 'a', Buffer.alloc(0), 32)).toThrow(/disposed/);
  });

  it('refuses a label that could be confused with the separator, and lengths that do not fit', () => {
    const key = Secret.random(32);
    for (const label of ['', 'a\0b', 'caf\u00e9', 'a\n']) {
      expect(() => deriveKey(key, label, Buffer.alloc(0), 32)).toThrow(RangeError);
    }
    for (const length of [0, -1, 1.5, 2 ** 29]) {
      expect(() => deriveKey(key, 'a', Buffer.alloc(0), length)).toThrow(RangeError);
    }
  });
});

describe('the KDF of messages', () => {
  it('agrees with deriveKey, whatever was derived before', () => {
    const kdf = new MessageKdf('keyhaven/encrypt/1', 48);
    const context = fc.uint8Array({ minLength: 48, maxLength: 48 });
    fc.assert(
      fc.property(nonZeroKey, context, (key, bytes) => {
        kdf.context.set(bytes);
        const expected = reference(key, 'keyhaven/encrypt/1', bytes, 32);
        expect(kdf.derive(key).equals(expected)).toBe(true);
      }),
    );
  });

  it('refuses an all-zero key and one longer than a block', () => {
    const kdf = new MessageKdf('a', 16);
    expect(() => kdf.derive(Buffer.alloc(32))).toThrow(/all zero/);
    expect(() => kdf.derive(Buffer.alloc(65, 1))).toThrow(RangeError);
  });
});
