import { enumeration, string, structure, timestamp } from '../shape.ts';
import type { ValueOf } from '../shape.ts';

// GetKeyLastUsage of the KMS API Reference.

/** The operations that count as a use of a key: "KeyLastUsageData", `Operation`. */
export const keyLastUsageOperation = enumeration([
  'Decapsulate',
  'Decrypt',
  'DeriveSharedSecret',
  'Encapsulate',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateMac',
  'ReEncrypt',
  'Sign',
  'Verify',
  'VerifyMac',
]);
export type KeyLastUsageOperation = ValueOf<typeof keyLastUsageOperation>;

/** Without members where the key has not been used since tracking began ("GetKeyLastUsage", response elements). */
export const keyLastUsage = structure({
  Operation: keyLastUsageOperation,
  Timestamp: timestamp(),
  CloudTrailEventId: string(),
  KmsRequestId: string(),
});
