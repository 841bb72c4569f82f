import { constants, createPublicKey, type KeyObject, publicEncrypt } from 'node:crypto';

const fewestModulusBits = 2048;
/** SP 800-56B Rev. 2, section 6.2: a public exponent is odd, and between 2^16 and 2^256. */
const exponentBits = { above: 16n, below: 256n };

/**
 * Whether the bytes are a public key (SubjectPublicKeyInfo, DER) that `encryptForRecipient` can encrypt to: RSA of at
 * least 2,048 bits.
 */
export function isRecipientKey(spki: Uint8Array): boolean {
  try {
    const key = readPublicKey(spki);
    if (!isLargeEnough(key)) return false;
    // OpenSSL refuses some moduli and exponents only when it computes with them.
    encryptOaep(key, Buffer.alloc(1));
    return true;
  } catch {
    // Whatever OpenSSL says of it, nothing can be encrypted to it.
    return false;
  }
}

/** Reads a SubjectPublicKeyInfo. Throws an Error for anything else. */
export function readPublicKey(spki: Uint8Array): KeyObject {
  const bytes = Buffer.from(spki.buffer, spki.byteOffset, spki.byteLength);
  return createPublicKey({ key: bytes, format: 'der', type: 'spki' });
}

/** RSAES-OAEP with SHA-256, also as the hash of MGF1, and no label (RFC 8017, section 7.1). */
export function encryptOaep(key: KeyObject, message: Uint8Array): Buffer {
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, message);
}

function isLargeEnough({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  const { modulusLength = 0, publicExponent = 0n } = asymmetricKeyDetails ?? {};
  return (
    asymmetricKeyType === 'rsa' &&
    modulusLength >= fewestModulusBits &&
    publicExponent % 2n === 1n &&
    publicExponent > 1n << exponentBits.above &&
    publicExponent < 1n << exponentBits.below
  );
}
