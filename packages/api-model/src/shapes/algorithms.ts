import { enumeration } from '../shape.ts';
import type { ValueOf } from '../shape.ts';

// "Key spec reference" of the KMS Developer Guide.

export const encryptionAlgorithm = enumeration([
  'SYMMETRIC_DEFAULT',
  'RSAES_OAEP_SHA_1',
  'RSAES_OAEP_SHA_256',
  'SM2PKE',
]);
export type EncryptionAlgorithm = ValueOf<typeof encryptionAlgorithm>;

export const signingAlgorithm = enumeration([
  'RSASSA_PSS_SHA_256',
  'RSASSA_PSS_SHA_384',
  'RSASSA_PSS_SHA_512',
  'RSASSA_PKCS1_V1_5_SHA_256',
  'RSASSA_PKCS1_V1_5_SHA_384',
  'RSASSA_PKCS1_V1_5_SHA_512',
  'ECDSA_SHA_256',
  'ECDSA_SHA_384',
  'ECDSA_SHA_512',
  'ED25519_SHA_512',
  'ED25519_PH_SHA_512',
  'ML_DSA_SHAKE_256',
  'SM2DSA',
]);
export type SigningAlgorithm = ValueOf<typeof signingAlgorithm>;

export const macAlgorithm = enumeration(['HMAC_SHA_224', 'HMAC_SHA_256', 'HMAC_SHA_384', 'HMAC_SHA_512']);
export type MacAlgorithm = ValueOf<typeof macAlgorithm>;

export const keyAgreementAlgorithm = enumeration(['ECDH']);
export type KeyAgreementAlgorithm = ValueOf<typeof keyAgreementAlgorithm>;

export const encapsulationAlgorithm = enumeration(['ML_KEM']);
export type EncapsulationAlgorithm = ValueOf<typeof encapsulationAlgorithm>;
