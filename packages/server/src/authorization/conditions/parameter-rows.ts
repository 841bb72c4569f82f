import { type ConditionRow, one, type RequestFacts, type Values, yesOrNo } from './condition-row.ts';

/** For each action that has the condition key, the member of its request; where it has none, the default alone counts. */
type Members = Readonly<Record<string, string>>;

/** A parameter of the request, whose default counts where it is left out ("Conditions for an API operation request"). */
function parameter(name: string, members: Members, standard?: string): ConditionRow {
  return {
    name,
    valuesIn({ input }, { action }) {
      const member = members[action];
      return member === undefined ? undefined : one(textOf(input[member]) ?? standard);
    },
  };
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

const sameMember = (member: string, ...actions: readonly string[]): Members =>
  Object.fromEntries(actions.map((action) => [`kms:${action}`, member]));

const dataKeyActions = [
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
] as const;

/** The member that names the key, of the operations that take an alias. */
const namingMembers: Members = {
  ...sameMember(
    'KeyId',
    'Encrypt',
    'Decrypt',
    ...dataKeyActions,
    'Sign',
    'Verify',
    'GenerateMac',
    'VerifyMac',
    'DeriveSharedSecret',
    'Encapsulate',
    'Decapsulate',
    'DescribeKey',
    'GetPublicKey',
  ),
  'kms:ReEncryptFrom': 'SourceKeyId',
  'kms:ReEncryptTo': 'DestinationKeyId',
};

/** The name alone, also of an alias that was named by its ARN; none where the key was named in another way. */
function requestAlias({ input }: RequestFacts, action: string): Values {
  const member = namingMembers[action];
  const named = member === undefined ? undefined : input[member];
  if (typeof named !== 'string') return undefined;
  if (named.startsWith('alias/')) return [named];
  const at = named.indexOf(':alias/');
  return at === -1 ? undefined : [named.slice(at + 1)];
}

function validTo({ input }: RequestFacts, action: string): Values {
  const value = input['ValidTo'];
  return action === 'kms:ImportKeyMaterial' && typeof value === 'number'
    ? [new Date(value).toISOString()]
    : undefined;
}

const dayMs = 24 * 60 * 60 * 1000;

/** "AWS KMS condition keys" of the KMS Developer Guide, those that speak of parameters, with the actions that have them. */
export const parameterRows: readonly ConditionRow[] = [
  { name: 'kms:RequestAlias', valuesIn: (request, { action }) => requestAlias(request, action) },
  parameter(
    'kms:EncryptionAlgorithm',
    {
      ...sameMember('EncryptionAlgorithm', 'Encrypt', 'Decrypt', ...dataKeyActions),
      'kms:ReEncryptFrom': 'SourceEncryptionAlgorithm',
      'kms:ReEncryptTo': 'DestinationEncryptionAlgorithm',
    },
    'SYMMETRIC_DEFAULT',
  ),
  parameter('kms:SigningAlgorithm', sameMember('SigningAlgorithm', 'Sign', 'Verify')),
  parameter('kms:MessageType', sameMember('MessageType', 'Sign', 'Verify'), 'RAW'),
  parameter('kms:MacAlgorithm', sameMember('MacAlgorithm', 'GenerateMac', 'VerifyMac')),
  parameter('kms:KeyAgreementAlgorithm', sameMember('KeyAgreementAlgorithm', 'DeriveSharedSecret')),
  parameter(
    'kms:DataKeyPairSpec',
    sameMember('KeyPairSpec', 'GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext'),
  ),
  parameter('kms:WrappingAlgorithm', sameMember('WrappingAlgorithm', 'GetParametersForImport')),
  parameter('kms:WrappingKeySpec', sameMember('WrappingKeySpec', 'GetParametersForImport')),
  parameter(
    'kms:ExpirationModel',
    sameMember('ExpirationModel', 'ImportKeyMaterial'),
    'KEY_MATERIAL_EXPIRES',
  ),
  { name: 'kms:ValidTo', valuesIn: (request, { action }) => validTo(request, action) },
  parameter('kms:RotationPeriodInDays', sameMember('RotationPeriodInDays', 'EnableKeyRotation'), '365'),
  parameter(
    'kms:ScheduleKeyDeletionPendingWindowInDays',
    sameMember('PendingWindowInDays', 'ScheduleKeyDeletion'),
    '30',
  ),
  parameter(
    'kms:BypassPolicyLockoutSafetyCheck',
    sameMember('BypassPolicyLockoutSafetyCheck', 'CreateKey', 'PutKeyPolicy', 'ReplicateKey'),
    'false',
  ),
  parameter('kms:PrimaryRegion', sameMember('PrimaryRegion', 'UpdatePrimaryRegion')),
  parameter('kms:ReplicaRegion', sameMember('ReplicaRegion', 'ReplicateKey')),
  {
    name: 'kms:ReEncryptOnSameKey',
    valuesIn: (_request, permission) =>
      permission.kind === 'key' && permission.onSameKey !== undefined
        ? yesOrNo(permission.onSameKey)
        : undefined,
  },
  // Whole days. A key that nobody is known to have used counts from where its use is tracked, so that a Deny protects it too.
  {
    name: 'kms:TrailingDaysWithoutKeyUsage',
    valuesIn: ({ receivedAt }, permission) =>
      permission.kind === 'key' && permission.unusedSince !== undefined
        ? one(String(Math.max(0, Math.floor((receivedAt - permission.unusedSince) / dayMs))))
        : undefined,
  },
];
