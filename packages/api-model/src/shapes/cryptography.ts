import { blob, enumeration, integer, list, stringMap, structure } from '../shape.ts';
import type { ValueOf } from '../shape.ts';

// Members of Encrypt, Decrypt, ReEncrypt, GenerateDataKey and GenerateRandom of the KMS API Reference.

export const plaintext = blob({ min: 1, max: 4096, sensitive: true });
export const ciphertext = blob({ min: 1, max: 6144 });

/** Authenticated, not secret: it is logged in clear. AWS publishes no limit on its pairs. */
export const encryptionContext = stringMap();
export type EncryptionContext = ValueOf<typeof encryptionContext>;

export const dataKeySpec = enumeration(['AES_256', 'AES_128']);
export type DataKeySpec = ValueOf<typeof dataKeySpec>;
export const numberOfBytes = integer({ min: 1, max: 1024 });

export const dryRunModifiers = list(enumeration(['IGNORE_CIPHERTEXT']));

/** An enclave that receives the plaintext encrypted under its own public key ("Using Nitro Enclaves"). */
export const recipient = structure({
  KeyEncryptionAlgorithm: enumeration(['RSAES_OAEP_SHA_256']),
  AttestationDocument: blob({ min: 1, max: 262_144 }),
});
