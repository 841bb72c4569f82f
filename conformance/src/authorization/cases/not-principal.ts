import { arns, other } from '../cast.ts';
import { denied, no, type DecisionCase, type PrincipalText, type StatementText } from '../decision-case.ts';
import { delegation, permits } from '../statements.ts';

const page = 'AWS JSON policy elements: NotPrincipal';

function forbidsAllBut(NotPrincipal: PrincipalText): StatementText {
  return { Effect: 'Deny', NotPrincipal, Action: 'kms:Decrypt', Resource: '*' };
}

/** Statements about everyone but those they name. */
export const notPrincipalCases: readonly DecisionCase[] = [
  {
    name: 'A Deny with NotPrincipal denies a user that it does not name.',
    page,
    principal: 'bob',
    keyPolicy: [delegation, forbidsAllBut({ AWS: [arns.alice, arns.root] })],
    identity: [[permits('kms:*')]],
    request: { operation: 'Decrypt' },
    expected: denied('resource-based policy'),
  },
  {
    name: 'A Deny with NotPrincipal spares the user that it names with its account.',
    page,
    principal: 'alice',
    keyPolicy: [delegation, forbidsAllBut({ AWS: [arns.alice, arns.root] })],
    identity: [[permits('kms:*')]],
    request: { operation: 'Decrypt' },
    expected: 'allow',
  },
  {
    name: 'A Deny with NotPrincipal spares other actions.',
    page,
    principal: 'bob',
    keyPolicy: [delegation, forbidsAllBut({ AWS: [arns.alice, arns.root] })],
    identity: [[permits('kms:*')]],
    request: { operation: 'Encrypt' },
    expected: 'allow',
  },
  {
    name: 'A Deny with NotPrincipal spares the session that it names with role and account.',
    page,
    principal: 'app one',
    keyPolicy: [delegation, forbidsAllBut({ AWS: [arns.appOne, arns.app, arns.root] })],
    identity: [[permits('kms:*')]],
    request: { operation: 'Decrypt' },
    expected: 'allow',
  },
  {
    name: 'A Deny with NotPrincipal of one role denies the sessions of another.',
    page,
    principal: 'deployer',
    keyPolicy: [delegation, forbidsAllBut({ AWS: [arns.appOne, arns.app, arns.root] })],
    identity: [[permits('kms:*')]],
    request: { operation: 'Decrypt' },
    expected: denied('resource-based policy'),
  },
  {
    name: 'A Deny with NotPrincipal of the own account denies other accounts.',
    page,
    principal: 'other root',
    keyPolicy: [delegation, { ...delegation, Principal: { AWS: other } }, forbidsAllBut({ AWS: arns.root })],
    request: { operation: 'Decrypt' },
    isConcealedOnTheWire: true,
    expected: denied('resource-based policy'),
  },
  {
    name: 'A Deny with NotPrincipal of the root spares the root.',
    page,
    principal: 'root',
    keyPolicy: [delegation, forbidsAllBut({ AWS: arns.root })],
    request: { operation: 'Decrypt' },
    expected: 'allow',
  },
  {
    name: 'A Deny with NotPrincipal denies a service that it does not name.',
    page,
    principal: 'logs',
    keyPolicy: [
      { ...delegation, Principal: { Service: ['s3.amazonaws.com', 'logs.us-east-1.amazonaws.com'] } },
      forbidsAllBut({ Service: 's3.amazonaws.com' }),
    ],
    request: { operation: 'Decrypt' },
    expected: denied('resource-based policy'),
  },
  {
    name: 'A Deny with NotPrincipal spares the service that it names.',
    page,
    principal: 's3',
    keyPolicy: [
      { ...delegation, Principal: { Service: ['s3.amazonaws.com', 'logs.us-east-1.amazonaws.com'] } },
      forbidsAllBut({ Service: 's3.amazonaws.com' }),
    ],
    request: { operation: 'Decrypt' },
    expected: 'allow',
  },
  {
    name: 'An Allow with NotPrincipal does not let in whom it names.',
    page,
    principal: 'alice',
    keyPolicy: [
      { Effect: 'Allow', NotPrincipal: { AWS: [arns.alice, arns.root] }, Action: 'kms:*', Resource: '*' },
    ],
    request: { operation: 'Decrypt' },
    expected: no('resource-based policy'),
  },
];
