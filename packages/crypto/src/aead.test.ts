import { describe, expect, it } from 'vitest';
import { openGcm, sealGcm } from './aead.ts';

const key = Buffer.alloc(32, 1);
const iv = Buffer.alloc(12, 2);
const aad = Buffer.from('associated');
const plaintext = Buffer.from('plaintext');

describe('AES-256-GCM', () => {
  it('opens what it sealed and refuses every changed part', () => {
    const { ciphertext, tag } = sealGcm(key, iv, aad, plaintext);
    const changed = (bytes: Buffer): Buffer =>
      Buffer.from(bytes.map((byte, i) => (i === 0 ? byte ^ 1 : byte)));
    expect(openGcm(key, iv, aad, ciphertext, tag)?.equals(plaintext)).toBe(true);
    expect(openGcm(changed(key), iv, aad, ciphertext, tag)).toBeUndefined();
    expect(openGcm(key, changed(iv), aad, ciphertext, tag)).toBeUndefined();
    expect(openGcm(key, iv, changed(aad), ciphertext, tag)).toBeUndefined();
    expect(openGcm(key, iv, aad, changed(ciphertext), tag)).toBeUndefined();
    expect(openGcm(key, iv, aad, ciphertext, changed(tag))).toBeUndefined();
  });

  it('refuses a truncated tag, which would be easier to guess', () => {
    const { ciphertext, tag } = sealGcm(key, iv, aad, plaintext);
    for (const length of [0, 4, 8, 12, 15]) {
      expect(() => openGcm(key, iv, aad, ciphertext, tag.subarray(0, length))).toThrow(RangeError);
    }
  });

  it('refuses an all-zero key in both directions', () => {
    const zero = Buffer.alloc(32);
    expect(() => sealGcm(zero, iv, aad, plaintext)).toThrow(/all zero/);
    expect(() => openGcm(zero, iv, aad, plaintext, Buffer.alloc(16))).toThrow(/all zero/);
  });
});
