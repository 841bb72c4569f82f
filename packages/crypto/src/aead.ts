import { createCipheriv, createDecipheriv } from 'node:crypto';
import { assertUsable } from './usable-key.ts';

export const ivBytes = 12;
export const tagBytes = 16;

/** AES-256-GCM (NIST SP 800-38D) with a 96-bit IV and a 128-bit tag. Not exported from the package. */
export function sealGcm(
  key: Uint8Array,
  iv: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): { ciphertext: Buffer; tag: Buffer } {
  assertUsable(key);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(aad);
  const ciphertext = cipher.update(plaintext);
  cipher.final();
  return { ciphertext, tag: cipher.getAuthTag() };
}

/**
 * The plaintext, in memory of its own, or undefined if the tag does not fit. A shorter tag is refused here because
 * OpenSSL would compare only as many bytes as it is given.
 */
export function openGcm(
  key: Uint8Array,
  iv: Uint8Array,
  aad: Uint8Array,
  ciphertext: Uint8Array,
  tag: Uint8Array,
): Buffer | undefined {
  assertUsable(key);
  if (tag.length !== tagBytes) throw new RangeError(`A tag has ${tagBytes} bytes`);
  const decipher = createDecipheriv('aes-256-gcm', key, iv);
  decipher.setAAD(aad);
  decipher.setAuthTag(tag);
  const plaintext = decipher.update(ciphertext);
  try {
    decipher.final();
    return plaintext;
  } catch {
    plaintext.fill(0);
    return undefined;
  }
}
