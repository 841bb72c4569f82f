import { own } from '../cast.ts';
import { asking, conditionCases, plainly, type Asked } from '../condition-case.ts';
import type { DecisionCase } from '../decision-case.ts';

const replicating = asking(
  'ReplicateKey',
  { ReplicaRegion: 'eu-west-1' },
  { 'kms:ReplicaRegion': 'eu-west-1' },
  { key: { multiRegion: true } },
);

const rotating = asking(
  'EnableKeyRotation',
  { RotationPeriodInDays: 180 },
  { 'kms:RotationPeriodInDays': '180' },
);

const described: Asked = {
  request: { operation: 'DescribeKey' },
  values: { 'kms:KeySpec': 'HMAC_256', 'kms:KeyUsage': 'GENERATE_VERIFY_MAC', 'kms:KeyOrigin': 'AWS_KMS' },
  key: { kind: 'HMAC' },
};

const byAlias: Asked = {
  request: { operation: 'Encrypt', keyNamedBy: 'alias' },
  values: { 'kms:RequestAlias': 'alias/test' },
  key: { aliases: ['alias/test'] },
};

const byAliasArn: Asked = { ...byAlias, request: { operation: 'Encrypt', keyNamedBy: 'alias ARN' } };

const unused = asking('DisableKey', {}, { 'kms:TrailingDaysWithoutKeyUsage': '0' });

const lockingOut = asking(
  'PutKeyPolicy',
  { BypassPolicyLockoutSafetyCheck: true },
  { 'kms:BypassPolicyLockoutSafetyCheck': 'true' },
);

const viaS3: Asked = {
  request: { operation: 'Decrypt', via: { service: 's3.us-east-1.amazonaws.com' } },
  values: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' },
};

/** The condition keys of keys and of how they are reached, met and not met. */
export const kmsKeyConditionKeyCases: readonly DecisionCase[] = conditionCases('AWS KMS condition keys', [
  [
    'kms:CallerAccount is the account of the caller.',
    { StringEquals: { 'kms:CallerAccount': own } },
    plainly,
    'met',
  ],
  [
    'kms:CallerAccount is no other account.',
    { StringEquals: { 'kms:CallerAccount': '444455556666' } },
    plainly,
    'not met',
  ],
  [
    'kms:KeySpec is a property of the key.',
    { StringEquals: { 'kms:KeySpec': 'HMAC_256' } },
    described,
    'met',
  ],
  [
    'kms:KeySpec refuses keys of other specs.',
    { StringEquals: { 'kms:KeySpec': 'SYMMETRIC_DEFAULT' } },
    described,
    'not met',
  ],
  [
    'kms:KeyUsage is a property of the key.',
    { StringEquals: { 'kms:KeyUsage': 'GENERATE_VERIFY_MAC' } },
    described,
    'met',
  ],
  [
    'kms:KeyUsage refuses keys of other usages.',
    { StringEquals: { 'kms:KeyUsage': ['SIGN_VERIFY', 'ENCRYPT_DECRYPT'] } },
    described,
    'not met',
  ],
  [
    'kms:KeyOrigin is a property of the key.',
    { StringEquals: { 'kms:KeyOrigin': 'AWS_KMS' } },
    described,
    'met',
  ],
  [
    'kms:KeyOrigin refuses keys of other origins.',
    { StringNotEquals: { 'kms:KeyOrigin': 'AWS_KMS' } },
    described,
    'not met',
  ],
  [
    'kms:MultiRegionKeyType tells the primary key.',
    { StringEquals: { 'kms:MultiRegionKeyType': 'PRIMARY' } },
    asking('DescribeKey', {}, { 'kms:MultiRegionKeyType': 'PRIMARY' }, { key: { multiRegion: true } }),
    'met',
  ],
  [
    'kms:MultiRegionKeyType is not there for single-Region keys.',
    { StringEquals: { 'kms:MultiRegionKeyType': 'PRIMARY' } },
    asking('DescribeKey', {}, {}),
    'not met',
  ],
  [
    'kms:PrimaryRegion limits where the primary key may move.',
    { StringEquals: { 'kms:PrimaryRegion': ['eu-west-1', 'us-west-2'] } },
    asking(
      'UpdatePrimaryRegion',
      { PrimaryRegion: 'eu-west-1' },
      { 'kms:PrimaryRegion': 'eu-west-1' },
      { key: { multiRegion: true }, pureOnly: 'the key needs a replica in the other Region first' },
    ),
    'met',
  ],
  [
    'kms:ReplicaRegion limits where replicas may be.',
    { StringEquals: { 'kms:ReplicaRegion': ['ap-south-1', 'us-west-2'] } },
    replicating,
    'not met',
  ],
  [
    'kms:RequestAlias is the alias that names the key.',
    { StringEquals: { 'kms:RequestAlias': 'alias/test' } },
    byAlias,
    'met',
  ],
  [
    'kms:RequestAlias is the name also where the ARN was sent.',
    { StringLike: { 'kms:RequestAlias': 'alias/te*' } },
    byAliasArn,
    'met',
  ],
  [
    'kms:RequestAlias is not there where an ARN names the key.',
    { StringEquals: { 'kms:RequestAlias': 'alias/test' } },
    { ...plainly, key: { aliases: ['alias/test'] } },
    'not met',
  ],
  [
    'kms:RotationPeriodInDays limits rotation.',
    { NumericLessThanEquals: { 'kms:RotationPeriodInDays': '365' } },
    rotating,
    'met',
  ],
  [
    'kms:RotationPeriodInDays refuses rotation that is too rare.',
    { NumericLessThanEquals: { 'kms:RotationPeriodInDays': '90' } },
    rotating,
    'not met',
  ],
  [
    'kms:TrailingDaysWithoutKeyUsage protects keys in use.',
    { NumericGreaterThan: { 'kms:TrailingDaysWithoutKeyUsage': '30' } },
    unused,
    'not met',
  ],
  [
    'kms:TrailingDaysWithoutKeyUsage counts days.',
    { NumericLessThan: { 'kms:TrailingDaysWithoutKeyUsage': '30' } },
    unused,
    'met',
  ],
  [
    'kms:BypassPolicyLockoutSafetyCheck refuses requests that skip the check.',
    { Bool: { 'kms:BypassPolicyLockoutSafetyCheck': 'false' } },
    lockingOut,
    'not met',
  ],
  [
    'kms:ViaService lets a service in that acts for the user.',
    { StringEquals: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' } },
    viaS3,
    'met',
  ],
  [
    'kms:ViaService refuses other services.',
    { StringEquals: { 'kms:ViaService': 'ec2.us-east-1.amazonaws.com' } },
    viaS3,
    'not met',
  ],
  [
    'kms:ViaService is not there for the user’s own requests.',
    { StringLike: { 'kms:ViaService': 's3.*.amazonaws.com' } },
    { request: { operation: 'Decrypt' } },
    'not met',
  ],
]);
