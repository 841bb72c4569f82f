import { enumeration, flag, integer, list, string, structure, required, timestamp } from '../shape.ts';
import type { ValueOf } from '../shape.ts';
import { encapsulationAlgorithm, encryptionAlgorithm, keyAgreementAlgorithm } from './algorithms.ts';
import { macAlgorithm, signingAlgorithm } from './algorithms.ts';
import { accountId, arn, cloudHsmClusterId, customKeyStoreId, keyId, keyMaterialId } from './identifiers.ts';
import { region, xksKeyId } from './identifiers.ts';

// The KMS key and its metadata: CreateKey and "KeyMetadata" of the KMS API Reference.

export const keySpec = enumeration([
  'SYMMETRIC_DEFAULT',
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'ECC_NIST_P256',
  'ECC_NIST_P384',
  'ECC_NIST_P521',
  'ECC_SECG_P256K1',
  'ECC_NIST_EDWARDS25519',
  'HMAC_224',
  'HMAC_256',
  'HMAC_384',
  'HMAC_512',
  'ML_DSA_44',
  'ML_DSA_65',
  'ML_DSA_87',
  'ML_KEM_512',
  'ML_KEM_768',
  'ML_KEM_1024',
  'SM2',
]);
export type KeySpec = ValueOf<typeof keySpec>;

/** The older name of the key spec, without the specs that came after the renaming. */
export const customerMasterKeySpec = enumeration([
  'SYMMETRIC_DEFAULT',
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'ECC_NIST_P256',
  'ECC_NIST_P384',
  'ECC_NIST_P521',
  'ECC_SECG_P256K1',
  'HMAC_224',
  'HMAC_256',
  'HMAC_384',
  'HMAC_512',
  'SM2',
]);
export type CustomerMasterKeySpec = ValueOf<typeof customerMasterKeySpec>;

export const keyUsage = enumeration([
  'ENCRYPT_DECRYPT',
  'SIGN_VERIFY',
  'GENERATE_VERIFY_MAC',
  'KEY_AGREEMENT',
  'ENCAPSULATE_DECAPSULATE',
]);
export type KeyUsage = ValueOf<typeof keyUsage>;

export const keyState = enumeration([
  'Creating',
  'Enabled',
  'Disabled',
  'PendingDeletion',
  'PendingImport',
  'PendingReplicaDeletion',
  'Unavailable',
  'Updating',
]);
export type KeyState = ValueOf<typeof keyState>;

export const origin = enumeration(['AWS_KMS', 'EXTERNAL', 'AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE']);
export type Origin = ValueOf<typeof origin>;

export const keyManager = enumeration(['AWS', 'CUSTOMER']);
export type KeyManager = ValueOf<typeof keyManager>;

export const expirationModel = enumeration(['KEY_MATERIAL_EXPIRES', 'KEY_MATERIAL_DOES_NOT_EXPIRE']);
export type ExpirationModel = ValueOf<typeof expirationModel>;

export const multiRegionKeyType = enumeration(['PRIMARY', 'REPLICA']);
export type MultiRegionKeyType = ValueOf<typeof multiRegionKeyType>;

export const description = string({ max: 8192 });
/** The shape takes a year; ScheduleKeyDeletion documents 7 to 30 days. */
export const pendingWindowInDays = integer({ min: 1, max: 365 });

export const multiRegionKey = structure({ Arn: arn, Region: region });
export const multiRegionConfiguration = structure({
  MultiRegionKeyType: multiRegionKeyType,
  PrimaryKey: multiRegionKey,
  ReplicaKeys: list(multiRegionKey),
});
export type MultiRegionConfiguration = ValueOf<typeof multiRegionConfiguration>;

export const keyMetadata = structure({
  KeyId: required(keyId),
  AWSAccountId: accountId,
  Arn: arn,
  CreationDate: timestamp(),
  Enabled: flag(),
  Description: description,
  KeyUsage: keyUsage,
  KeyState: keyState,
  DeletionDate: timestamp(),
  ValidTo: timestamp(),
  Origin: origin,
  CustomKeyStoreId: customKeyStoreId,
  CloudHsmClusterId: cloudHsmClusterId,
  ExpirationModel: expirationModel,
  KeyManager: keyManager,
  CustomerMasterKeySpec: customerMasterKeySpec,
  KeySpec: keySpec,
  EncryptionAlgorithms: list(encryptionAlgorithm),
  SigningAlgorithms: list(signingAlgorithm),
  KeyAgreementAlgorithms: list(keyAgreementAlgorithm),
  EncapsulationAlgorithms: list(encapsulationAlgorithm),
  MultiRegion: flag(),
  MultiRegionConfiguration: multiRegionConfiguration,
  PendingDeletionWindowInDays: pendingWindowInDays,
  MacAlgorithms: list(macAlgorithm),
  XksKeyConfiguration: structure({ Id: xksKeyId }),
  CurrentKeyMaterialId: keyMaterialId,
});
export type KeyMetadata = ValueOf<typeof keyMetadata>;

/** The items of ListKeys. */
export const keyList = list(structure({ KeyId: keyId, KeyArn: arn }));
