import type { EncryptionScheme } from '../asymmetric/key-pair-kind.ts';
import type { OpenPrivateKey } from '../asymmetric/open-key.ts';
import { unwrapAesKwp } from './aes-key-wrap.ts';

export interface WrappingAlgorithm {
  /**
   * The key material, in memory of its own for the caller to zeroise; undefined for everything that was not wrapped under
   * this key. Throws an Error for a private key of a kind that this algorithm does not use.
   */
  unwrap(key: OpenPrivateKey, wrapped: Uint8Array): Buffer | undefined;
}

/** The key material is encrypted under the wrapping key itself. */
function direct(encryption: string): WrappingAlgorithm {
  return { unwrap: (key, wrapped) => encryptionOf(key, encryption).decrypt(key, wrapped) };
}

/**
 * An AES-256 key, encrypted under the wrapping key, and after it the key material, wrapped under that key with AES-KWP
 * (CKM_RSA_AES_KEY_WRAP of PKCS #11).
 */
function withAesKeyWrap(encryption: string): WrappingAlgorithm {
  return {
    unwrap(key, wrapped) {
      const scheme = encryptionOf(key, encryption);
      const aesKey = scheme.decrypt(key, wrapped.subarray(0, scheme.ciphertextBytes));
      if (aesKey === undefined) return undefined;
      const material = unwrapAesKwp(aesKey, wrapped.subarray(scheme.ciphertextBytes));
      aesKey.fill(0);
      return material;
    },
  };
}

function encryptionOf(key: OpenPrivateKey, name: string): EncryptionScheme {
  const scheme = key.kind.encryption.get(name);
  if (scheme === undefined) throw new Error(`The wrapping key cannot ${name}`);
  return scheme;
}

/** How key material is wrapped for its import, by AWS's names. */
export const wrappingAlgorithms: ReadonlyMap<string, WrappingAlgorithm> = new Map([
  ['RSAES_OAEP_SHA_1', direct('RSAES_OAEP_SHA_1')],
  ['RSAES_OAEP_SHA_256', direct('RSAES_OAEP_SHA_256')],
  ['RSA_AES_KEY_WRAP_SHA_1', withAesKeyWrap('RSAES_OAEP_SHA_1')],
  ['RSA_AES_KEY_WRAP_SHA_256', withAesKeyWrap('RSAES_OAEP_SHA_256')],
  ['SM2PKE', direct('SM2PKE')],
]);
