import { describe, expect, it } from 'vitest';
import { compilePolicy } from '../compile.ts';
import type { DocumentKind } from '../document-kind.ts';
import { parsePolicyDocument, parseStoredPolicyDocument } from '../document.ts';
import { evaluatePolicy } from '../evaluate.ts';
import { PolicySyntaxError } from '../policy-syntax-error.ts';

const principal = { kind: 'root', accountId: '1', arn: 'arn:aws:iam::1:root', principalId: '1' } as const;

function policyWith(operator: string, key: string, members: Record<string, unknown> = { Principal: '*' }) {
  const Condition = { [operator]: { [key]: 'x' } };
  const statement = { Effect: 'Allow', Action: '*', Resource: '*', ...members, Condition };
  return JSON.stringify({ Version: '2012-10-17', Statement: statement });
}

const sentence = 'Using the ForAllValues set operator with a single-valued condition key matches requests';

describe('A new key policy with ForAllValues is refused', () => {
  it.each([
    [
      'kms:EncryptionContext:AppName',
      `OverlyPermissiveCondition:EncryptionContext: ${sentence} without the specified encryption context or with an ` +
        'unspecified encryption context. To fix, remove ForAllValues.',
    ],
    [
      'aws:RequestTag/team',
      `OverlyPermissiveCondition: ${sentence} without the specified tag or with an unspecified tag. To fix, ` +
        'remove ForAllValues.',
    ],
    [
      'aws:PrincipalTag/team',
      `OverlyPermissiveCondition: ${sentence} without the specified tag or with an unspecified tag. To fix, ` +
        'remove ForAllValues.',
    ],
    [
      'KMS:viaservice',
      `OverlyPermissiveCondition: ${sentence} without the specified key or with an unspecified key. To fix, ` +
        'remove ForAllValues.',
    ],
  ])('for %s', (key, message) => {
    for (const operator of ['StringEquals', 'StringNotLike', 'StringLikeIfExists', 'Null']) {
      expect(() => parsePolicyDocument(policyWith(`ForAllValues:${operator}`, key))).toThrow(
        PolicySyntaxError,
      );
      expect(() => parsePolicyDocument(policyWith(`ForAllValues:${operator}`, key))).toThrow(
        new PolicySyntaxError(message),
      );
    }
  });
});

describe('ForAllValues is accepted', () => {
  it.each([
    'kms:EncryptionContextKeys',
    'kms:GrantOperations',
    'aws:TagKeys',
    'kms:Unknown',
    'aws:SourceArn',
  ])('for %s', (key) => {
    expect(() => parsePolicyDocument(policyWith('ForAllValues:StringEquals', key))).not.toThrow();
  });

  it('not, but ForAnyValue and no set operator, for a key with one value', () => {
    for (const operator of ['ForAnyValue:StringEquals', 'StringEquals']) {
      expect(() => parsePolicyDocument(policyWith(operator, 'kms:ViaService'))).not.toThrow();
    }
  });

  it.each<[DocumentKind, Record<string, unknown>]>([
    ['identity', {}],
    ['control', {}],
    ['trust', { Principal: '*', Resource: undefined }],
  ])('in policies of the kind %s', (kind, members) => {
    const text = policyWith('ForAllValues:StringEquals', 'aws:PrincipalTag/a', members);
    expect(() => parsePolicyDocument(text, kind)).not.toThrow();
  });

  it('in a key policy that is stored already, with the meaning that it had', () => {
    const text = policyWith('ForAllValues:StringEquals', 'kms:ViaService');
    const request = { principal, action: 'kms:Encrypt', resource: 'r' };
    const policy = compilePolicy(parseStoredPolicyDocument(text));
    const effectFor = (...values: string[]) =>
      evaluatePolicy(policy, { ...request, conditions: new Map([['kms:viaservice', values]]) }).effect;
    expect([effectFor('x'), effectFor(), effectFor('y')]).toEqual(['Allow', 'Allow', 'ImplicitDeny']);
  });
});
