import { blob, enumeration } from '../shape.ts';
import type { ValueOf } from '../shape.ts';

// Members of GetParametersForImport, ImportKeyMaterial and DeleteImportedKeyMaterial of the KMS API Reference.

export const wrappingAlgorithm = enumeration([
  'RSAES_PKCS1_V1_5',
  'RSAES_OAEP_SHA_1',
  'RSAES_OAEP_SHA_256',
  'RSA_AES_KEY_WRAP_SHA_1',
  'RSA_AES_KEY_WRAP_SHA_256',
  'SM2PKE',
]);
export type WrappingAlgorithmName = ValueOf<typeof wrappingAlgorithm>;

export const wrappingKeySpec = enumeration(['RSA_2048', 'RSA_3072', 'RSA_4096', 'SM2']);
export type WrappingKeySpec = ValueOf<typeof wrappingKeySpec>;

/** SubjectPublicKeyInfo in DER of a wrapping key; the SDK marks it as it marks a plaintext. */
export const wrappingPublicKey = blob({ min: 1, max: 4096, sensitive: true });
export const importToken = blob({ min: 1, max: 6144 });
export const encryptedKeyMaterial = blob({ min: 1, max: 6144 });

export const importType = enumeration(['NEW_KEY_MATERIAL', 'EXISTING_KEY_MATERIAL']);
export type ImportType = ValueOf<typeof importType>;
