import { no, denied, type DecisionCase } from '../decision-case.ts';
import { alice, everything, forbids, lets, permits, prohibits } from '../statements.ts';

const scp = 'Service control policies (SCPs)';

/** The policies of an organization for its accounts. */
export const serviceControlPolicyCases: readonly DecisionCase[] = [
  {
    name: 'A service control policy that allows everything changes nothing.',
    page: scp,
    principal: 'alice',
    identity: [[permits('kms:Encrypt')]],
    serviceControl: [everything],
    request: { operation: 'Encrypt' },
    expected: 'allow',
  },
  {
    name: 'A service control policy gives nothing by itself.',
    page: scp,
    principal: 'alice',
    serviceControl: [everything],
    request: { operation: 'Encrypt' },
    expected: no('identity-based policy'),
  },
  {
    name: 'What no service control policy allows is refused.',
    page: scp,
    principal: 'alice',
    identity: [[permits('kms:*')]],
    serviceControl: [[permits('kms:Decrypt')]],
    request: { operation: 'Encrypt' },
    expected: no('service control policy'),
  },
  {
    name: 'A service control policy limits a user whom the key policy names.',
    page: scp,
    principal: 'alice',
    keyPolicy: [lets(alice)],
    serviceControl: [[permits('kms:Decrypt')]],
    request: { operation: 'Encrypt' },
    expected: no('service control policy'),
  },
  {
    name: 'A Deny of a service control policy wins over all that allows.',
    page: scp,
    principal: 'alice',
    keyPolicy: [lets(alice)],
    identity: [[permits('kms:*')]],
    serviceControl: [everything, [prohibits('kms:Encrypt')]],
    request: { operation: 'Encrypt' },
    expected: denied('service control policy'),
  },
  {
    name: 'A Deny of a service control policy is named first.',
    page: 'Troubleshoot access denied error messages',
    principal: 'alice',
    keyPolicy: [forbids(alice)],
    identity: [[prohibits('kms:*')]],
    serviceControl: [[prohibits('kms:*')]],
    request: { operation: 'Encrypt' },
    expected: denied('service control policy'),
  },
  {
    name: 'A Deny of the key policy is named where a service control policy is only silent.',
    page: 'Policy evaluation logic',
    principal: 'alice',
    keyPolicy: [forbids(alice)],
    serviceControl: [[permits('s3:*')]],
    request: { operation: 'Encrypt' },
    expected: denied('resource-based policy'),
  },
  {
    name: 'A grant does not help against a silent service control policy.',
    page: scp,
    principal: 'alice',
    serviceControl: [[permits('s3:*')]],
    grants: [{ operations: ['Encrypt'], grantee: 'principal' }],
    request: { operation: 'Encrypt' },
    expected: no('service control policy'),
  },
  {
    name: 'Service control policies do not bind service principals.',
    page: scp,
    principal: 's3',
    keyPolicy: [lets({ Service: 's3.amazonaws.com' }, 'kms:GenerateDataKey')],
    serviceControl: [[permits('ec2:*')]],
    request: { operation: 'GenerateDataKey', input: { KeySpec: 'AES_256' } },
    expected: 'allow',
  },
  {
    name: 'A service control policy denies by the name of the principal.',
    page: scp,
    principal: 'app one',
    identity: [[permits('kms:*')]],
    serviceControl: [
      everything,
      [
        prohibits('kms:DisableKey', {
          Condition: { ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/ci/*' } },
        }),
      ],
    ],
    request: { operation: 'DisableKey' },
    expected: denied('service control policy'),
  },
  {
    name: 'A service control policy spares the principal that its condition leaves out.',
    page: scp,
    principal: 'deployer',
    identity: [[permits('kms:*')]],
    serviceControl: [
      everything,
      [
        prohibits('kms:DisableKey', {
          Condition: { ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/ci/*' } },
        }),
      ],
    ],
    request: { operation: 'DisableKey' },
    expected: 'allow',
  },
  {
    name: 'A service control policy limits what only IAM governs.',
    page: scp,
    principal: 'alice',
    identity: [[permits('kms:*')]],
    serviceControl: [everything, [prohibits('kms:CreateKey')]],
    request: { operation: 'CreateKey', asks: [{ action: 'kms:CreateKey', on: 'account' }] },
    expected: denied('service control policy'),
  },
];
