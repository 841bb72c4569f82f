import type * as Crypto from 'node:crypto';
import { beforeEach, expect, it, vi } from 'vitest';
import type * as Aead from './aead.ts';
import { hmacSha256, HmacKey } from './hmac.ts';
import { MessageKdf } from './kdf.ts';
import { Secret } from './secret.ts';
import { decryptSymmetric, encryptSymmetric } from './symmetric.ts';
import { unwrap, wrap } from './wrap.ts';

/** The very memory that was handed to the primitives, to look at after the call. */
const seen = vi.hoisted(() => ({
  keys: [] as Uint8Array[],
  plaintexts: [] as Uint8Array[],
  hashed: [] as Uint8Array[],
  opened: [] as boolean[],
}));

vi.mock('./aead.ts', async (importOriginal) => {
  const aead = await importOriginal<typeof Aead>();
  return {
    ...aead,
    sealGcm: (...args: Parameters<typeof aead.sealGcm>) => {
      seen.keys.push(args[0]);
      seen.plaintexts.push(args[3]);
      return aead.sealGcm(...args);
    },
    openGcm: (...args: Parameters<typeof aead.openGcm>) => {
      seen.keys.push(args[0]);
      const plaintext = aead.openGcm(...args);
      seen.opened.push(plaintext !== undefined);
      return plaintext;
    },
  };
});

vi.mock('node:crypto', async (importOriginal) => {
  const crypto = await importOriginal<typeof Crypto>();
  return {
    ...crypto,
    hash: (algorithm: string, data: Uint8Array, encoding: 'hex') => {
      seen.hashed.push(data);
      return crypto.hash(algorithm, data, encoding);
    },
  };
});

beforeEach(() => {
  seen.keys.length = seen.plaintexts.length = seen.hashed.length = 0;
});

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

const material = Secret.random(32);
const id = Buffer.alloc(32, 1);
const aad = Buffer.from('aad');

it.each([32, 5000])('zeroises message key and padded plaintext of %i bytes after encryption', (length) => {
  encryptSymmetric(material, id, Buffer.alloc(length, 7), aad);
  expect([seen.keys.length, seen.plaintexts.length]).toEqual([1, 1]);
  expect([...seen.keys, ...seen.plaintexts].every(isZero)).toBe(true);
});

it('derives one message key for every blob, zeroises it, and refuses a malformed blob in GCM as it does a forged one', () => {
  const blob = encryptSymmetric(material, id, Buffer.alloc(20), aad);
  const malformed = Buffer.from(blob);
  malformed[60] = 0;
  const cases = [blob, malformed, blob.subarray(0, 100), Buffer.alloc(0), Buffer.alloc(6000)];
  for (const bytes of cases) {
    seen.keys.length = 0;
    decryptSymmetric(material, id, bytes, aad);
    expect(seen.keys.length).toBe(1);
    expect(seen.opened.pop()).toBe(bytes === blob);
    expect(seen.keys.every(isZero)).toBe(true);
  }
});

it('zeroises the keys of wrapping', () => {
  unwrap(material, aad, wrap(material, aad, Buffer.from('secret')));
  expect(seen.keys.length).toBe(2);
  expect(seen.keys.every(isZero)).toBe(true);
});

it('wipes padded keys and messages from the scratch of HMAC', () => {
  const key = Buffer.alloc(32, 5);
  hmacSha256(key, Buffer.alloc(100, 6));
  expect(seen.hashed.every(isZero)).toBe(true);
  new HmacKey(key).sign(Buffer.alloc(100, 6));
  new HmacKey(key).signHex(Buffer.alloc(5000, 6));
  expect(seen.hashed.length).toBe(6);
  expect(seen.hashed.every(isZero)).toBe(true);
});

it('wipes padded keys from the blocks of the KDF', () => {
  new MessageKdf('label', 16).derive(Buffer.alloc(32, 5));
  expect(seen.hashed.length).toBe(2);
  expect(seen.hashed.every((block) => isZero(block.subarray(0, 64)))).toBe(true);
  expect(seen.hashed.at(1)?.every((byte) => byte === 0)).toBe(true);
});
