import { constants, privateEncrypt, publicDecrypt } from 'node:crypto';
import { emsaPkcs1, emsaPss, type SignatureEncoding } from './emsa.ts';
import type { SigningScheme } from './key-pair-kind.ts';
import {
  digestMessageTypes,
  messageDigest,
  type MessageHash,
  sha256Hash,
  sha384Hash,
  sha512Hash,
} from './message-digest.ts';
import { platformPrivateKey, platformPublicKey } from './open-key.ts';

const padding = constants.RSA_NO_PADDING;

/**
 * RSASSA-PSS and RSASSA-PKCS1-v1_5 (RFC 8017, section 8). The platform pads digests of its own making only, so the
 * encoding is done here, for messages as for digests; the private operation, with its blinding, is OpenSSL's.
 */
export function rsassa(modulusBytes: number): ReadonlyMap<string, SigningScheme> {
  return new Map([
    ['RSASSA_PSS_SHA_256', scheme(sha256Hash, emsaPss(sha256Hash), modulusBytes)],
    ['RSASSA_PSS_SHA_384', scheme(sha384Hash, emsaPss(sha384Hash), modulusBytes)],
    ['RSASSA_PSS_SHA_512', scheme(sha512Hash, emsaPss(sha512Hash), modulusBytes)],
    ['RSASSA_PKCS1_V1_5_SHA_256', scheme(sha256Hash, emsaPkcs1('sha256'), modulusBytes)],
    ['RSASSA_PKCS1_V1_5_SHA_384', scheme(sha384Hash, emsaPkcs1('sha384'), modulusBytes)],
    ['RSASSA_PKCS1_V1_5_SHA_512', scheme(sha512Hash, emsaPkcs1('sha512'), modulusBytes)],
  ]);
}

function scheme(hash: MessageHash, encoding: SignatureEncoding, modulusBytes: number): SigningScheme {
  return {
    messageTypes: digestMessageTypes(hash),
    sign(key, messageType, message) {
      const encoded = encoding.encode(messageDigest(hash, messageType, message), modulusBytes);
      return privateEncrypt({ key: platformPrivateKey(key), padding }, encoded);
    },
    verify(key, messageType, message, signature) {
      const digest = messageDigest(hash, messageType, message);
      if (signature.length !== modulusBytes) return false;
      let encoded: Buffer;
      try {
        encoded = publicDecrypt({ key: platformPublicKey(key), padding }, signature);
      } catch {
        // A number that is not below the modulus (RFC 8017, section 5.2.2).
        return false;
      }
      return encoding.verify(digest, encoded);
    },
  };
}
