import { createDecipheriv } from 'node:crypto';
import { copySecretBytes } from '../secret-memory.ts';

/** Alternative Initial Value (RFC 5649, section 3); the length follows it inside. */
const alternativeInitialValue = Buffer.from('a65959a6', 'hex');
const keyBytes = 32;
const semiblockBytes = 8;

/**
 * Opens AES Key Wrap with Padding (RFC 5649; KWP of SP 800-38F) under a 256-bit key. The plaintext is in memory of its own,
 * for the caller to zeroise; undefined for a key of another length and for everything that does not unwrap.
 */
export function unwrapAesKwp(key: Uint8Array, wrapped: Uint8Array): Buffer | undefined {
  const isWhole = wrapped.length >= 2 * semiblockBytes && wrapped.length % semiblockBytes === 0;
  if (key.length !== keyBytes || !isWhole) return undefined;
  const decipher = createDecipheriv('id-aes256-wrap-pad', key, alternativeInitialValue);
  let plaintext: Buffer;
  try {
    plaintext = decipher.update(wrapped);
    decipher.final();
  } catch {
    // Why it does not unwrap must not be told.
    return undefined;
  }
  const own = copySecretBytes(plaintext);
  plaintext.fill(0);
  return own;
}
