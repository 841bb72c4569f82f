import { arns, other, own } from '../cast.ts';
import { denied, no, type DecisionCase } from '../decision-case.ts';
import { alice, delegation, everything, forbids, lets, permits, prohibits } from '../statements.ts';

const page = 'Key policies in AWS KMS';

/** The root user of an account. */
export const rootCases: readonly DecisionCase[] = [
  {
    name: 'The root user may do all that the default key policy gives its account.',
    page: 'Default key policy',
    principal: 'root',
    request: { operation: 'ScheduleKeyDeletion', input: { PendingWindowInDays: 30 } },
    expected: 'allow',
  },
  {
    name: 'The root user has no permission of a key whose policy does not name its account.',
    page,
    principal: 'root',
    keyPolicy: [lets(alice)],
    request: { operation: 'DescribeKey' },
    expected: no('resource-based policy'),
  },
  {
    name: 'The id of its account names the root user.',
    page: 'AWS JSON policy elements: Principal',
    principal: 'root',
    keyPolicy: [lets({ AWS: own }, 'kms:GetKeyPolicy')],
    request: { operation: 'GetKeyPolicy' },
    expected: 'allow',
  },
  {
    name: 'The principal * lets the root user in.',
    page: 'AWS JSON policy elements: Principal',
    principal: 'root',
    keyPolicy: [lets('*', 'kms:ListKeyPolicies')],
    request: { operation: 'ListKeyPolicies' },
    expected: 'allow',
  },
  {
    name: 'A Deny of the account denies its root user.',
    page: 'Policy evaluation logic',
    principal: 'root',
    keyPolicy: [delegation, forbids({ AWS: arns.root }, 'kms:PutKeyPolicy')],
    request: { operation: 'PutKeyPolicy' },
    expected: denied('resource-based policy'),
  },
  {
    name: 'A Deny of everyone denies the root user.',
    page: 'Policy evaluation logic',
    principal: 'root',
    keyPolicy: [delegation, forbids('*', 'kms:DisableKey')],
    request: { operation: 'DisableKey' },
    expected: denied('resource-based policy'),
  },
  {
    name: 'A Deny of a user does not touch the root user.',
    page: 'AWS JSON policy elements: Principal',
    principal: 'root',
    keyPolicy: [delegation, forbids(alice, 'kms:DisableKey')],
    request: { operation: 'DisableKey' },
    expected: 'allow',
  },
  {
    name: 'A Deny of a service control policy binds the root user.',
    page: 'Service control policies (SCPs)',
    principal: 'root',
    serviceControl: [everything, [prohibits('kms:ScheduleKeyDeletion')]],
    request: { operation: 'ScheduleKeyDeletion', input: { PendingWindowInDays: 7 } },
    expected: denied('service control policy'),
  },
  {
    name: 'Service control policies that leave an action out bind the root user.',
    page: 'Service control policies (SCPs)',
    principal: 'root',
    serviceControl: [[permits('s3:*')]],
    request: { operation: 'DescribeKey' },
    expected: no('service control policy'),
  },
  {
    name: 'The root user of another account may use a key whose policy names that account.',
    page: 'Allowing users in other accounts to use a KMS key',
    principal: 'other root',
    keyPolicy: [delegation, lets({ AWS: arns.otherRoot }, 'kms:Encrypt')],
    request: { operation: 'Encrypt' },
    expected: 'allow',
  },
  {
    name: 'The root user of another account is refused by the default key policy.',
    page: 'Allowing users in other accounts to use a KMS key',
    principal: 'other root',
    request: { operation: 'Encrypt' },
    expected: no('resource-based policy'),
  },
  {
    name: 'The root user of another account may not do what the key policy does not give it.',
    page: 'Allowing users in other accounts to use a KMS key',
    principal: 'other root',
    keyPolicy: [delegation, lets({ AWS: other }, 'kms:Encrypt')],
    request: { operation: 'DescribeKey' },
    expected: no('resource-based policy'),
  },
  {
    name: 'The root user may create keys without any policy.',
    page: 'AWS account root user',
    principal: 'root',
    request: { operation: 'CreateKey', asks: [{ action: 'kms:CreateKey', on: 'account' }] },
    expected: 'allow',
  },
  {
    name: 'A service control policy keeps the root user from creating keys.',
    page: 'Service control policies (SCPs)',
    principal: 'root',
    serviceControl: [everything, [prohibits('kms:Create*')]],
    request: { operation: 'CreateKey', asks: [{ action: 'kms:CreateKey', on: 'account' }] },
    expected: denied('service control policy'),
  },
];
