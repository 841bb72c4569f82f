import { arns } from '../cast.ts';
import { asking, conditionCases } from '../condition-case.ts';
import type { DecisionCase } from '../decision-case.ts';

const granting = asking(
  'CreateGrant',
  {
    GranteePrincipal: arns.bob,
    RetiringPrincipal: arns.app,
    Operations: ['Encrypt'],
    Constraints: { EncryptionContextSubset: { Team: 'x' } },
  },
  {
    'kms:GranteePrincipal': arns.bob,
    'kms:RetiringPrincipal': arns.app,
    'kms:GrantOperations': ['Encrypt'],
    'kms:GrantConstraintType': 'EncryptionContextSubset',
    'kms:EncryptionContext:Team': 'x',
    'kms:EncryptionContextKeys': ['Team'],
  },
);

/** The condition keys of grants, met and not met. */
export const kmsGrantConditionKeyCases: readonly DecisionCase[] = conditionCases('AWS KMS condition keys', [
  [
    'kms:GranteePrincipal limits who is granted.',
    { StringEquals: { 'kms:GranteePrincipal': arns.bob } },
    granting,
    'met',
  ],
  [
    'kms:GranteePrincipal refuses other grantees.',
    { StringLike: { 'kms:GranteePrincipal': 'arn:aws:iam::*:role/*' } },
    granting,
    'not met',
  ],
  [
    'kms:RetiringPrincipal limits who may retire the grant.',
    { StringEquals: { 'kms:RetiringPrincipal': arns.app } },
    granting,
    'met',
  ],
  [
    'kms:RetiringPrincipal refuses other retiring principals.',
    { ArnNotLike: { 'kms:RetiringPrincipal': 'arn:aws:iam::*:role/*' } },
    granting,
    'not met',
  ],
  [
    'kms:GrantConstraintType asks for a constraint.',
    { StringEquals: { 'kms:GrantConstraintType': 'EncryptionContextSubset' } },
    granting,
    'met',
  ],
  [
    'kms:GrantConstraintType refuses another constraint.',
    { StringEquals: { 'kms:GrantConstraintType': 'EncryptionContextEquals' } },
    granting,
    'not met',
  ],
  [
    'kms:EncryptionContext of CreateGrant is that of its constraint.',
    { StringEquals: { 'kms:EncryptionContext:Team': 'x' } },
    granting,
    'met',
  ],
  [
    'kms:GrantIsForAWSResource refuses grants that no service makes.',
    { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
    { ...granting, values: { 'kms:GrantIsForAWSResource': 'false' } },
    'not met',
  ],
]);
