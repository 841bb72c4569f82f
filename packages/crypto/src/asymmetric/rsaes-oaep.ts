import { constants, privateDecrypt, publicEncrypt } from 'node:crypto';
import { copySecretBytes } from '../secret-memory.ts';
import type { EncryptionScheme } from './key-pair-kind.ts';
import { platformPrivateKey, platformPublicKey } from './open-key.ts';

const hashes = [
  ['RSAES_OAEP_SHA_1', 'sha1', 20],
  ['RSAES_OAEP_SHA_256', 'sha256', 32],
] as const;

/** RSAES-OAEP (RFC 8017, section 7.1): MGF1 with the same hash, an empty label. */
export function rsaesOaep(modulusBytes: number): ReadonlyMap<string, EncryptionScheme> {
  return new Map(
    hashes.map(([name, oaepHash, hashBytes]) => [name, scheme(oaepHash, hashBytes, modulusBytes)]),
  );
}

function scheme(oaepHash: string, hashBytes: number, modulusBytes: number): EncryptionScheme {
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const maxPlaintextBytes = modulusBytes - 2 * hashBytes - 2;
  return {
    minPlaintextBytes: 0,
    maxPlaintextBytes,
    ciphertextBytes: modulusBytes,
    encrypt(key, plaintext) {
      if (plaintext.length > maxPlaintextBytes) throw new RangeError('The plaintext is too long');
      return publicEncrypt({ key: platformPublicKey(key), padding, oaepHash }, plaintext);
    },
    decrypt(key, ciphertext) {
      const privateKey = platformPrivateKey(key);
      // RFC 8017, section 7.1.2, step 1.b; OpenSSL would take a ciphertext without its leading zeros.
      if (ciphertext.length !== modulusBytes) return undefined;
      let plaintext: Buffer;
      try {
        plaintext = privateDecrypt({ key: privateKey, padding, oaepHash }, ciphertext);
      } catch {
        // Why it is no ciphertext must not be told (RFC 8017, section 7.1.2, note).
        return undefined;
      }
      const own = copySecretBytes(plaintext);
      plaintext.fill(0);
      return own;
    },
  };
}
