import { arns, keyArn } from '../cast.ts';
import { denied, no, type AskedPermission, type DecisionCase } from '../decision-case.ts';
import { lets, permits, prohibits, when } from '../statements.ts';

const page = 'AWS KMS permissions';

function account(...actions: readonly string[]): readonly AskedPermission[] {
  return actions.map((action) => ({ action: `kms:${action}`, on: 'account' }));
}

const reEncrypt: readonly AskedPermission[] = [
  { action: 'kms:ReEncryptFrom', on: 'key' },
  { action: 'kms:ReEncryptTo', on: 'key' },
];

/** Actions without a resource, and operations that ask for several permissions. */
export const accountActionCases: readonly DecisionCase[] = [
  {
    name: 'An IAM policy on * lets a user list keys.',
    page,
    principal: 'alice',
    identity: [[permits('kms:ListKeys')]],
    request: { operation: 'ListKeys', asks: account('ListKeys') },
    expected: 'allow',
  },
  {
    name: 'An IAM policy on a key does not let a user list keys.',
    page,
    principal: 'alice',
    identity: [[permits('kms:ListKeys', { Resource: keyArn })]],
    request: { operation: 'ListKeys', asks: account('ListKeys') },
    expected: no('identity-based policy'),
  },
  {
    name: 'A user without a policy may not list keys.',
    page,
    principal: 'alice',
    request: { operation: 'ListKeys', asks: account('ListKeys') },
    expected: no('identity-based policy'),
  },
  {
    name: 'A key policy cannot let a user do what has no resource.',
    page: 'Key policies in AWS KMS',
    principal: 'alice',
    keyPolicy: [lets({ AWS: arns.alice }, 'kms:GenerateRandom')],
    request: { operation: 'GenerateRandom', input: { NumberOfBytes: 32 }, asks: account('GenerateRandom') },
    expected: no('identity-based policy'),
  },
  {
    name: 'A Deny wins for what has no resource.',
    page: 'Policy evaluation logic',
    principal: 'bob',
    identity: [[permits('kms:*'), prohibits('kms:GenerateRandom')]],
    request: { operation: 'GenerateRandom', input: { NumberOfBytes: 32 }, asks: account('GenerateRandom') },
    expected: denied('identity-based policy'),
  },
  {
    name: 'A Deny on keys does not touch what has no resource.',
    page: 'IAM JSON policy elements: Resource',
    principal: 'bob',
    identity: [[permits('kms:*'), prohibits('kms:*', { Resource: keyArn })]],
    request: { operation: 'GenerateRandom', input: { NumberOfBytes: 32 }, asks: account('GenerateRandom') },
    expected: 'allow',
  },
  {
    name: 'A role policy lets a session list aliases.',
    page,
    principal: 'app one',
    identity: [[permits('kms:List*')]],
    request: { operation: 'ListAliases', asks: account('ListAliases') },
    expected: 'allow',
  },
  {
    name: 'A user of another account lists its own keys by its own policy.',
    page,
    principal: 'carol',
    identity: [[permits('kms:ListKeys')]],
    request: { operation: 'ListKeys', asks: account('ListKeys') },
    expected: 'allow',
  },
  {
    name: 'CreateKey is limited by the spec of the new key.',
    page: 'kms:KeySpec',
    principal: 'alice',
    identity: [[permits('kms:CreateKey', when({ StringEquals: { 'kms:KeySpec': 'HMAC_256' } }))]],
    request: {
      operation: 'CreateKey',
      input: { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
      asks: account('CreateKey'),
    },
    values: { 'kms:KeySpec': 'HMAC_256', 'kms:KeyUsage': 'GENERATE_VERIFY_MAC' },
    expected: 'allow',
  },
  {
    name: 'CreateKey of another spec is refused.',
    page: 'kms:KeySpec',
    principal: 'alice',
    identity: [[permits('kms:CreateKey', when({ StringEquals: { 'kms:KeySpec': 'HMAC_256' } }))]],
    request: { operation: 'CreateKey', asks: account('CreateKey') },
    values: { 'kms:KeySpec': 'SYMMETRIC_DEFAULT', 'kms:KeyUsage': 'ENCRYPT_DECRYPT' },
    expected: no('identity-based policy'),
  },
  {
    name: 'CreateKey with tags asks for TagResource too.',
    page: 'Controlling access to tags',
    principal: 'alice',
    identity: [[permits(['kms:CreateKey', 'kms:TagResource'])]],
    request: {
      operation: 'CreateKey',
      input: { Tags: [{ TagKey: 'Project', TagValue: 'Alpha' }] },
      asks: account('CreateKey', 'TagResource'),
    },
    values: { 'aws:RequestTag/Project': 'Alpha', 'aws:TagKeys': ['Project'] },
    expected: 'allow',
  },
  {
    name: 'CreateKey with tags is refused without TagResource.',
    page: 'Controlling access to tags',
    principal: 'alice',
    identity: [[permits('kms:CreateKey')]],
    request: {
      operation: 'CreateKey',
      input: { Tags: [{ TagKey: 'Project', TagValue: 'Alpha' }] },
      asks: account('CreateKey', 'TagResource'),
    },
    values: { 'aws:RequestTag/Project': 'Alpha', 'aws:TagKeys': ['Project'] },
    expected: no('identity-based policy', 'kms:TagResource'),
  },
  {
    name: 'ReEncrypt asks for both sides.',
    page,
    principal: 'alice',
    identity: [[permits('kms:ReEncrypt*')]],
    request: { operation: 'ReEncrypt', asks: reEncrypt },
    expected: 'allow',
  },
  {
    name: 'ReEncrypt is refused without the permission to decrypt by it.',
    page,
    principal: 'alice',
    identity: [[permits(['kms:ReEncryptTo', 'kms:Decrypt'])]],
    request: { operation: 'ReEncrypt', asks: reEncrypt },
    expected: no('identity-based policy', 'kms:ReEncryptFrom'),
  },
  {
    name: 'ReEncrypt is refused without the permission to encrypt by it.',
    page,
    principal: 'alice',
    keyPolicy: [lets({ AWS: arns.alice }, ['kms:ReEncryptFrom', 'kms:Encrypt'])],
    request: { operation: 'ReEncrypt', asks: reEncrypt },
    expected: no('resource-based policy', 'kms:ReEncryptTo'),
  },
  {
    name: 'kms:ReEncryptOnSameKey keeps to one key.',
    page: 'kms:ReEncryptOnSameKey',
    principal: 'alice',
    identity: [[permits('kms:ReEncrypt*', when({ Bool: { 'kms:ReEncryptOnSameKey': 'true' } }))]],
    request: { operation: 'ReEncrypt', asks: reEncrypt },
    values: { 'kms:ReEncryptOnSameKey': 'true' },
    expected: 'allow',
  },
  {
    name: 'kms:ReEncryptOnSameKey refuses to keep to one key.',
    page: 'kms:ReEncryptOnSameKey',
    principal: 'alice',
    identity: [[permits('kms:ReEncrypt*', when({ Bool: { 'kms:ReEncryptOnSameKey': 'false' } }))]],
    request: { operation: 'ReEncrypt', asks: reEncrypt },
    values: { 'kms:ReEncryptOnSameKey': 'true' },
    expected: no('identity-based policy', 'kms:ReEncryptFrom'),
  },
];
