import type { GrantConstraints } from '@keyhaven/policy';
import type { JudgedPermission, RequestFacts } from './condition-row.ts';

type Pairs = ReadonlyMap<string, string>;

/** The member that has the encryption context, by action; of ReEncrypt each key has its own. */
const members: Readonly<Record<string, string>> = {
  'kms:Encrypt': 'EncryptionContext',
  'kms:Decrypt': 'EncryptionContext',
  'kms:GenerateDataKey': 'EncryptionContext',
  'kms:GenerateDataKeyWithoutPlaintext': 'EncryptionContext',
  'kms:GenerateDataKeyPair': 'EncryptionContext',
  'kms:GenerateDataKeyPairWithoutPlaintext': 'EncryptionContext',
  'kms:ReEncryptFrom': 'SourceEncryptionContext',
  'kms:ReEncryptTo': 'DestinationEncryptionContext',
};

/** The constraints that CreateGrant gives a grant, or that the one that RetireGrant ends has; undefined for anything else. */
export function constraintsOf(permission: JudgedPermission): GrantConstraints | undefined {
  if (permission.kind !== 'key') return undefined;
  return permission.newGrant?.constraints ?? permission.retirement?.constraints;
}

/** The encryption context that a permission speaks of; of a grant, that of its constraints. Undefined: none. */
export function encryptionContextOf(
  { input }: RequestFacts,
  permission: JudgedPermission,
): Pairs | undefined {
  const constraints = constraintsOf(permission);
  if (constraints !== undefined)
    return constraints.encryptionContextEquals ?? constraints.encryptionContextSubset;
  const member = members[permission.action];
  const context = member === undefined ? undefined : input[member];
  return context instanceof Map ? (context as Pairs) : undefined;
}
