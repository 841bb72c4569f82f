import {
  type GrantOperation,
  grantOperation,
  type KeyUsage,
  unsupportedGrantOperation,
} from '@keyhaven/api-model';
import type { KeyRow, KmsKey } from '../keys/kms-key.ts';

/** What a grant on any key may allow. */
const ofEveryKey: readonly GrantOperation[] = ['CreateGrant', 'DescribeKey', 'RetireGrant'];

const ofUsage: Readonly<Record<KeyUsage, readonly GrantOperation[]>> = {
  ENCRYPT_DECRYPT: ['Decrypt', 'Encrypt', 'ReEncryptFrom', 'ReEncryptTo'],
  SIGN_VERIFY: ['Sign', 'Verify'],
  GENERATE_VERIFY_MAC: ['GenerateMac', 'VerifyMac'],
  KEY_AGREEMENT: ['DeriveSharedSecret'],
  ENCAPSULATE_DECAPSULATE: ['Decapsulate', 'Encapsulate'],
};

const ofType: Readonly<Record<KmsKey['spec']['type'], readonly GrantOperation[]>> = {
  symmetric: [
    'GenerateDataKey',
    'GenerateDataKeyPair',
    'GenerateDataKeyPairWithoutPlaintext',
    'GenerateDataKeyWithoutPlaintext',
  ],
  asymmetric: ['GetPublicKey'],
  HMAC: [],
};

/** Throws ValidationException where the key has no such operation ("Grant operations", KMS Developer Guide). */
export function assertGrantable(
  operations: readonly GrantOperation[],
  { row, spec }: Pick<KmsKey, 'spec'> & { readonly row: Pick<KeyRow, 'key_usage'> },
): void {
  const usage = row.key_usage as KeyUsage;
  const grantable = new Set([...ofEveryKey, ...ofUsage[usage], ...ofType[spec.type]]);
  for (const operation of operations)
    if (!grantable.has(operation)) throw unsupportedGrantOperation(operation, usage, spec.name);
}

/** As they are stored: the same operations are the same text, in AWS's order, however often and in whichever order they were sent. */
export function formatOperations(operations: readonly GrantOperation[]): string {
  const given = new Set(operations);
  return JSON.stringify(grantOperation.values.filter((operation) => given.has(operation)));
}

/** What `formatOperations` wrote. */
export function parseOperations(text: string): readonly GrantOperation[] {
  return JSON.parse(text) as readonly GrantOperation[];
}
