import { blob, enumeration } from '../shape.ts';
import type { ValueOf } from '../shape.ts';

// Members of Sign, Verify, GenerateMac, DeriveSharedSecret, Encapsulate, GenerateDataKeyPair and GetPublicKey of the
// KMS API Reference.

export const message = blob({ min: 1, max: 4096, sensitive: true });
export const messageType = enumeration(['RAW', 'DIGEST', 'EXTERNAL_MU']);
export type MessageTypeName = ValueOf<typeof messageType>;
export const signature = blob({ min: 1, max: 6144 });
export const mac = blob({ min: 1, max: 6144 });
/** SubjectPublicKeyInfo in DER. */
export const publicKey = blob({ min: 1, max: 8192 });
export const sharedSecret = blob({ min: 1, max: 4096, sensitive: true });

export const dataKeyPairSpec = enumeration([
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'ECC_NIST_P256',
  'ECC_NIST_P384',
  'ECC_NIST_P521',
  'ECC_SECG_P256K1',
  'SM2',
  'ECC_NIST_EDWARDS25519',
  'ML_KEM_512',
  'ML_KEM_768',
  'ML_KEM_1024',
]);
export type DataKeyPairSpec = ValueOf<typeof dataKeyPairSpec>;
