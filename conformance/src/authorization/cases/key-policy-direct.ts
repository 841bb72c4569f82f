import { arns, ids, other } from '../cast.ts';
import { denied, no, type DecisionCase } from '../decision-case.ts';
import { alice, forbids, lets } from '../statements.ts';

const keyPolicies = 'Key policies in AWS KMS';
const principals = 'AWS JSON policy elements: Principal';

/** What a key policy says of the caller itself, without any policy of the caller. */
export const keyPolicyDirectCases: readonly DecisionCase[] = [
  {
    name: 'A user that the key policy allows needs no IAM policy.',
    page: keyPolicies,
    principal: 'alice',
    keyPolicy: [lets(alice, 'kms:Encrypt')],
    request: { operation: 'Encrypt' },
    expected: 'allow',
  },
  {
    name: 'A user whom no statement names is refused by the key policy.',
    page: keyPolicies,
    principal: 'bob',
    keyPolicy: [lets(alice, 'kms:Encrypt')],
    request: { operation: 'Encrypt' },
    expected: no('resource-based policy'),
  },
  {
    name: 'One statement may name several users.',
    page: principals,
    principal: 'bob',
    keyPolicy: [lets({ AWS: [arns.alice, arns.bob] }, ['kms:Encrypt', 'kms:DescribeKey'])],
    request: { operation: 'DescribeKey' },
    expected: 'allow',
  },
  {
    name: 'A Deny of the key policy wins over its Allow.',
    page: 'Policy evaluation logic',
    principal: 'alice',
    keyPolicy: [lets(alice), forbids(alice, 'kms:Decrypt')],
    request: { operation: 'Decrypt' },
    expected: denied('resource-based policy'),
  },
  {
    name: 'A Deny of other actions leaves an Allow as it is.',
    page: 'Policy evaluation logic',
    principal: 'alice',
    keyPolicy: [forbids(alice, 'kms:Decrypt'), lets(alice)],
    request: { operation: 'Encrypt' },
    expected: 'allow',
  },
  {
    name: 'A Deny of everyone denies a user whom an Allow names.',
    page: principals,
    principal: 'alice',
    keyPolicy: [lets(alice), forbids('*', 'kms:Encrypt')],
    request: { operation: 'Encrypt' },
    expected: denied('resource-based policy'),
  },
  {
    name: 'The principal * lets every user of the account in.',
    page: principals,
    principal: 'bob',
    keyPolicy: [lets('*', 'kms:Encrypt')],
    request: { operation: 'Encrypt' },
    expected: 'allow',
  },
  {
    name: 'The principal {"AWS": "*"} is the same as *.',
    page: principals,
    principal: 'alice',
    keyPolicy: [lets({ AWS: '*' }, 'kms:GenerateMac')],
    key: { kind: 'HMAC' },
    request: { operation: 'GenerateMac', input: { MacAlgorithm: 'HMAC_SHA_256' } },
    expected: 'allow',
  },
  {
    name: 'A user with a path is named with its path.',
    page: 'IAM identifiers',
    principal: 'bob',
    keyPolicy: [lets({ AWS: arns.bob }, 'kms:Sign')],
    key: { kind: 'RSA signing' },
    request: { operation: 'Sign', input: { SigningAlgorithm: 'RSASSA_PSS_SHA_256' } },
    expected: 'allow',
  },
  {
    name: 'The unique id of a user names it.',
    page: principals,
    principal: 'alice',
    keyPolicy: [lets({ AWS: ids.alice }, 'kms:Encrypt')],
    request: { operation: 'Encrypt' },
    expected: 'allow',
    pureOnly: 'the ids of a running service are its own',
  },
  {
    name: 'The unique id of another user names another.',
    page: principals,
    principal: 'alice',
    keyPolicy: [lets({ AWS: 'AIDAIOSFODNN7DELETED1' }, 'kms:Encrypt')],
    request: { operation: 'Encrypt' },
    expected: no('resource-based policy'),
    pureOnly: 'the ids of a running service are its own',
  },
  {
    name: 'A key policy that names the same user of another account is not about this one.',
    page: principals,
    principal: 'carol',
    keyPolicy: [lets({ AWS: arns.alice.replace('111122223333', other) }, 'kms:Encrypt')],
    identity: [],
    request: { operation: 'Encrypt' },
    expected: no('resource-based policy'),
    pureOnly: 'a key policy cannot be stored that names a user who does not exist',
  },
];
