import { arns, other } from '../cast.ts';
import { denied, no, type DecisionCase } from '../decision-case.ts';
import { alice, forbids, lets, when } from '../statements.ts';

const rcp = 'Resource control policies (RCPs)';
const open = [lets('*', '*')];

/** The policies of an organization for the resources of its accounts. */
export const resourceControlPolicyCases: readonly DecisionCase[] = [
  {
    name: 'A resource control policy that allows everything changes nothing.',
    page: rcp,
    principal: 'alice',
    keyPolicy: [lets(alice, 'kms:Encrypt')],
    resourceControl: [open],
    request: { operation: 'Encrypt' },
    expected: 'allow',
  },
  {
    name: 'A resource control policy gives nothing by itself.',
    page: rcp,
    principal: 'carol',
    resourceControl: [open],
    request: { operation: 'Encrypt' },
    expected: no('resource-based policy'),
  },
  {
    name: 'A Deny of a resource control policy wins over the key policy.',
    page: rcp,
    principal: 'alice',
    keyPolicy: [lets(alice, 'kms:Encrypt')],
    resourceControl: [open, [forbids('*', 'kms:Encrypt')]],
    request: { operation: 'Encrypt' },
    expected: denied('resource control policy'),
  },
  {
    name: 'A resource control policy keeps other accounts out.',
    page: rcp,
    principal: 'other root',
    keyPolicy: [lets({ AWS: other })],
    resourceControl: [
      open,
      [forbids('*', 'kms:*', when({ StringNotEquals: { 'aws:PrincipalAccount': '111122223333' } }))],
    ],
    request: { operation: 'Encrypt' },
    expected: denied('resource control policy'),
  },
  {
    name: 'A resource control policy against other accounts leaves its own.',
    page: rcp,
    principal: 'alice',
    keyPolicy: [lets({ AWS: [other, arns.alice] })],
    resourceControl: [
      open,
      [forbids('*', 'kms:*', when({ StringNotEquals: { 'aws:PrincipalAccount': '111122223333' } }))],
    ],
    request: { operation: 'Encrypt' },
    expected: 'allow',
  },
  {
    name: 'Resource control policies bind service principals.',
    page: rcp,
    principal: 's3',
    keyPolicy: [lets({ Service: 's3.amazonaws.com' }, 'kms:Decrypt')],
    resourceControl: [open, [forbids('*', 'kms:Decrypt')]],
    request: { operation: 'Decrypt' },
    expected: denied('resource control policy'),
  },
  {
    name: 'A grant does not help against a Deny of a resource control policy.',
    page: rcp,
    principal: 'bob',
    resourceControl: [open, [forbids('*', 'kms:Decrypt')]],
    grants: [{ operations: ['Decrypt'], grantee: 'principal' }],
    request: { operation: 'Decrypt' },
    expected: denied('resource control policy'),
  },
];
