import { aliasArn, arns, keyArn } from '../cast.ts';
import { denied, no, type AskedPermission, type DecisionCase } from '../decision-case.ts';
import { alice, delegation, lets, permits, prohibits, when } from '../statements.ts';

const control = 'Controlling access to aliases';
const named = { aliases: ['alias/test', 'alias/other'] };
const ofTest = { 'kms:ResourceAliases': ['alias/test', 'alias/other'] };

function asksOf(action: string): readonly AskedPermission[] {
  return [
    { action: `kms:${action}`, on: 'alias' },
    { action: `kms:${action}`, on: 'key' },
  ];
}

/** Access by aliases, and access to aliases. */
export const aliasCases: readonly DecisionCase[] = [
  {
    name: 'An IAM policy allows keys of an alias.',
    page: 'Using aliases to control access to KMS keys',
    principal: 'alice',
    key: named,
    identity: [
      [permits('kms:Encrypt', when({ 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/test' } }))],
    ],
    request: { operation: 'Encrypt' },
    values: ofTest,
    expected: 'allow',
  },
  {
    name: 'An IAM policy for keys of an alias does not allow keys of others.',
    page: 'Using aliases to control access to KMS keys',
    principal: 'alice',
    key: named,
    identity: [
      [permits('kms:Encrypt', when({ 'ForAnyValue:StringLike': { 'kms:ResourceAliases': 'alias/x*' } }))],
    ],
    request: { operation: 'Encrypt' },
    values: ofTest,
    expected: no('identity-based policy'),
  },
  {
    name: 'A condition on the key’s aliases in its key policy is never met.',
    page: 'Using aliases to control access to KMS keys',
    principal: 'alice',
    key: named,
    keyPolicy: [
      lets(
        alice,
        'kms:Encrypt',
        when({ 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/test' } }),
      ),
    ],
    request: { operation: 'Encrypt' },
    values: ofTest,
    expected: no('resource-based policy'),
  },
  {
    name: 'An alias is made by permission on the alias and on the key.',
    page: control,
    principal: 'alice',
    identity: [[permits('kms:CreateAlias', { Resource: [aliasArn, keyArn] })]],
    request: { operation: 'CreateAlias', asks: asksOf('CreateAlias') },
    expected: 'allow',
  },
  {
    name: 'Permission on the key alone does not make an alias.',
    page: control,
    principal: 'alice',
    keyPolicy: [delegation, lets(alice, 'kms:CreateAlias')],
    request: { operation: 'CreateAlias', asks: asksOf('CreateAlias') },
    expected: no('identity-based policy', 'kms:CreateAlias'),
  },
  {
    name: 'Permission on the alias alone does not make an alias.',
    page: control,
    principal: 'alice',
    identity: [[permits('kms:CreateAlias', { Resource: aliasArn })]],
    request: { operation: 'CreateAlias', asks: asksOf('CreateAlias') },
    expected: no('identity-based policy', 'kms:CreateAlias'),
  },
  {
    name: 'The key policy may give the permission on the key, and IAM that on the alias.',
    page: control,
    principal: 'alice',
    key: { aliases: ['alias/test'] },
    keyPolicy: [lets({ AWS: arns.alice }, 'kms:*Alias')],
    identity: [[permits('kms:DeleteAlias', { Resource: aliasArn })]],
    request: { operation: 'DeleteAlias', asks: asksOf('DeleteAlias') },
    expected: 'allow',
  },
  {
    name: 'A key policy without delegation refuses an alias that IAM would allow.',
    page: control,
    principal: 'alice',
    keyPolicy: [lets({ AWS: arns.bob })],
    identity: [[permits('kms:CreateAlias')]],
    request: { operation: 'CreateAlias', asks: asksOf('CreateAlias') },
    expected: no('resource-based policy', 'kms:CreateAlias'),
  },
  {
    name: 'A Deny on one alias denies it.',
    page: control,
    principal: 'alice',
    identity: [[permits('kms:*'), prohibits('kms:*Alias', { Resource: aliasArn })]],
    request: { operation: 'CreateAlias', asks: asksOf('CreateAlias') },
    expected: denied('identity-based policy', 'kms:CreateAlias'),
  },
  {
    name: 'The root user makes aliases of keys that delegate to its account.',
    page: control,
    principal: 'root',
    request: { operation: 'CreateAlias', asks: asksOf('CreateAlias') },
    expected: 'allow',
  },
  {
    name: 'The root user makes no alias of a key whose policy does not name its account.',
    page: control,
    principal: 'root',
    keyPolicy: [lets(alice)],
    request: { operation: 'CreateAlias', asks: asksOf('CreateAlias') },
    expected: no('resource-based policy', 'kms:CreateAlias'),
  },
];
