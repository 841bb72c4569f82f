import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import type { CreateKeyCommandInput } from '@aws-sdk/client-kms';

/** A key spec whose material OpenSSL can make, and what a key of it is created with. */
export interface ImportableSpec {
  readonly spec: NonNullable<CreateKeyCommandInput['KeySpec']>;
  readonly usage: NonNullable<CreateKeyCommandInput['KeyUsage']>;
  /** Fresh key material as a client would send it: raw bytes, or PKCS #8 in DER. */
  make(): Buffer;
}

const pkcs8 = (privateKey: KeyObject): Buffer => privateKey.export({ format: 'der', type: 'pkcs8' });
const rsa = (modulusLength: number) => () => pkcs8(generateKeyPairSync('rsa', { modulusLength }).privateKey);
const ec = (namedCurve: string) => () => pkcs8(generateKeyPairSync('ec', { namedCurve }).privateKey);
const bytes = (count: number) => () => randomBytes(count);

export const keyPairSpecs: readonly ImportableSpec[] = [
  { spec: 'RSA_2048', usage: 'SIGN_VERIFY', make: rsa(2048) },
  { spec: 'RSA_3072', usage: 'SIGN_VERIFY', make: rsa(3072) },
  { spec: 'RSA_4096', usage: 'SIGN_VERIFY', make: rsa(4096) },
  { spec: 'ECC_NIST_P256', usage: 'SIGN_VERIFY', make: ec('P-256') },
  { spec: 'ECC_NIST_P384', usage: 'SIGN_VERIFY', make: ec('P-384') },
  { spec: 'ECC_NIST_P521', usage: 'SIGN_VERIFY', make: ec('P-521') },
  { spec: 'ECC_SECG_P256K1', usage: 'SIGN_VERIFY', make: ec('secp256k1') },
  {
    spec: 'ECC_NIST_EDWARDS25519',
    usage: 'SIGN_VERIFY',
    make: () => pkcs8(generateKeyPairSync('ed25519').privateKey),
  },
];

export const hmacSpecs: readonly ImportableSpec[] = [
  { spec: 'HMAC_224', usage: 'GENERATE_VERIFY_MAC', make: bytes(28) },
  { spec: 'HMAC_256', usage: 'GENERATE_VERIFY_MAC', make: bytes(32) },
  { spec: 'HMAC_384', usage: 'GENERATE_VERIFY_MAC', make: bytes(48) },
  { spec: 'HMAC_512', usage: 'GENERATE_VERIFY_MAC', make: bytes(64) },
];

export function specOf(name: string): ImportableSpec {
  const found = [...keyPairSpecs, ...hmacSpecs].find(({ spec }) => spec === name);
  if (found === undefined) throw new Error(`no such key spec: ${name}`);
  return found;
}

/** The public key of a private one, SubjectPublicKeyInfo in DER. */
export function publicKeyOf(privateKey: Buffer): Buffer {
  const key = createPrivateKey({ key: privateKey, format: 'der', type: 'pkcs8' });
  return createPublicKey(key).export({
    format: 'der',
    type: 'spki',
  });
}

const hashOf = (spec: string): string | null => {
  if (spec === 'ECC_NIST_EDWARDS25519') return null;
  return spec === 'ECC_NIST_P384' ? 'sha384' : spec === 'ECC_NIST_P521' ? 'sha512' : 'sha256';
};

/** The signing algorithm that OpenSSL, too, uses with a key of the spec. */
export const signingAlgorithmOf = (spec: string) => {
  if (spec.startsWith('RSA')) return 'RSASSA_PKCS1_V1_5_SHA_256';
  if (spec === 'ECC_NIST_EDWARDS25519') return 'ED25519_SHA_512';
  return spec === 'ECC_NIST_P384'
    ? 'ECDSA_SHA_384'
    : spec === 'ECC_NIST_P521'
      ? 'ECDSA_SHA_512'
      : 'ECDSA_SHA_256';
};

export function signWith(spec: string, privateKey: Buffer, message: Uint8Array): Buffer {
  return sign(hashOf(spec), message, { key: privateKey, format: 'der', type: 'pkcs8' });
}

export function verifyWith(spec: string, publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) {
  const key = { key: Buffer.from(publicKey), format: 'der', type: 'spki' } as const;
  return verify(hashOf(spec), message, key, signature);
}
