import { arns } from '../cast.ts';
import { no, type CaseGrant, type DecisionCase, type Expected } from '../decision-case.ts';

const page = 'GrantConstraints, AWS KMS API Reference';
const refused = no('identity-based policy');
const all = [
  'Encrypt',
  'Decrypt',
  'DescribeKey',
  'GenerateDataKey',
  'CreateGrant',
  'ReEncryptFrom',
  'ReEncryptTo',
];
const equals: CaseGrant = {
  operations: all,
  grantee: 'principal',
  equals: { Department: 'IT', Stage: 'one' },
};
const subset: CaseGrant = { operations: all, grantee: 'principal', subset: { Department: 'IT' } };

type Row = readonly [
  name: string,
  grant: CaseGrant,
  operation: string,
  input: DecisionCase['request']['input'],
  Expected,
];

const rows: readonly Row[] = [
  [
    'EncryptionContextEquals is met by the same pairs in another order.',
    equals,
    'Encrypt',
    { EncryptionContext: { Stage: 'one', Department: 'IT' } },
    'allow',
  ],
  [
    'EncryptionContextEquals is not met by one pair more.',
    equals,
    'Encrypt',
    { EncryptionContext: { Department: 'IT', Stage: 'one', Extra: 'x' } },
    refused,
  ],
  [
    'EncryptionContextEquals is not met by one pair less.',
    equals,
    'Decrypt',
    { EncryptionContext: { Department: 'IT' } },
    refused,
  ],
  [
    'EncryptionContextEquals is not met without a context.',
    equals,
    'GenerateDataKey',
    { KeySpec: 'AES_256' },
    refused,
  ],
  [
    'EncryptionContextSubset is met by a context with more pairs.',
    subset,
    'Encrypt',
    { EncryptionContext: { Department: 'IT', Extra: 'x' } },
    'allow',
  ],
  [
    'EncryptionContextSubset is met by its pairs alone.',
    subset,
    'GenerateDataKey',
    { KeySpec: 'AES_256', EncryptionContext: { Department: 'IT' } },
    'allow',
  ],
  [
    'EncryptionContextSubset is not met by another value.',
    subset,
    'Decrypt',
    { EncryptionContext: { Department: 'HR' } },
    refused,
  ],
  [
    'EncryptionContextSubset heeds the case of values.',
    subset,
    'Encrypt',
    { EncryptionContext: { Department: 'it' } },
    refused,
  ],
  [
    'EncryptionContextSubset does not heed the case of keys.',
    subset,
    'Encrypt',
    { EncryptionContext: { department: 'IT' } },
    'allow',
  ],
  ['EncryptionContextSubset is not met without a context.', subset, 'Decrypt', {}, refused],
  ['A constraint on the context does not apply to DescribeKey.', subset, 'DescribeKey', {}, 'allow'],
  ['EncryptionContextEquals does not apply to DescribeKey.', equals, 'DescribeKey', {}, 'allow'],
  [
    'A grant with a constraint makes grants of the same constraint.',
    subset,
    'CreateGrant',
    {
      GranteePrincipal: arns.bob,
      Operations: ['Encrypt'],
      Constraints: { EncryptionContextSubset: { Department: 'IT' } },
    },
    'allow',
  ],
  [
    'A grant with a constraint makes no grant without one.',
    subset,
    'CreateGrant',
    { GranteePrincipal: arns.bob, Operations: ['Encrypt'] },
    refused,
  ],
];

/** The constraints of grants. */
export const grantConstraintCases: readonly DecisionCase[] = [
  ...rows.map(([name, grant, operation, input = {}, expected]) => ({
    name,
    page,
    principal: 'alice' as const,
    grants: [grant],
    request: { operation, input },
    expected,
  })),
  {
    name: 'A grant of ReEncryptFrom and ReEncryptTo lets a user encrypt anew.',
    page: 'Grants in AWS KMS',
    principal: 'alice',
    grants: [{ operations: ['ReEncryptFrom', 'ReEncryptTo'], grantee: 'principal' }],
    request: {
      operation: 'ReEncrypt',
      asks: [
        { action: 'kms:ReEncryptFrom', on: 'key' },
        { action: 'kms:ReEncryptTo', on: 'key' },
      ],
    },
    expected: 'allow',
  },
  {
    name: 'A grant of ReEncryptFrom alone does not.',
    page: 'Grants in AWS KMS',
    principal: 'alice',
    grants: [{ operations: ['ReEncryptFrom'], grantee: 'principal' }],
    request: {
      operation: 'ReEncrypt',
      asks: [
        { action: 'kms:ReEncryptFrom', on: 'key' },
        { action: 'kms:ReEncryptTo', on: 'key' },
      ],
    },
    expected: no('identity-based policy', 'kms:ReEncryptTo'),
  },
  {
    name: 'A constraint on the context bears on both sides of ReEncrypt.',
    page,
    principal: 'alice',
    grants: [subset],
    request: {
      operation: 'ReEncrypt',
      input: {
        SourceEncryptionContext: { Department: 'HR' },
        DestinationEncryptionContext: { Department: 'HR' },
      },
      asks: [
        { action: 'kms:ReEncryptFrom', on: 'key' },
        { action: 'kms:ReEncryptTo', on: 'key' },
      ],
    },
    expected: no('identity-based policy', 'kms:ReEncryptFrom'),
  },
];
