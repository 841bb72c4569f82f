import { describe, expect, it } from 'vitest';
import { compilePolicy } from '../compile.ts';
import { noPolicies, type NamedPolicy, type ResourcePolicies } from '../decision/policies.ts';
import type { DocumentKind } from '../document-kind.ts';
import { parsePolicyDocument } from '../document.ts';
import type { UserPrincipal } from '../request.ts';
import type { PossibleCaller } from './access.ts';
import { whoCan } from './who-can.ts';

const account = '111122223333';
const keyArn = `arn:aws:kms:us-east-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
const actions = ['kms:Encrypt', 'kms:Decrypt', 'kms:DescribeKey', 'kms:DisableKey'];

function user(userName: string): UserPrincipal {
  const arn = `arn:aws:iam::${account}:user/${userName}`;
  return { kind: 'user', accountId: account, arn, principalId: `AIDA${userName}`, userName };
}

function policy(name: string, kind: DocumentKind, ...statements: readonly unknown[]): NamedPolicy {
  const text = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  return { name, policy: compilePolicy(parsePolicyDocument(text, kind)) };
}

function allow(Action: string | readonly string[], rest: Record<string, unknown> = {}) {
  return { Effect: 'Allow', Action, Resource: '*', ...rest };
}

const delegation = allow('kms:*', { Principal: { AWS: account }, Sid: 'delegates' });

function key(...statements: readonly unknown[]): ResourcePolicies {
  return {
    accountId: account,
    keyPolicy: policy('default', 'key', ...statements),
    resourceControl: undefined,
  };
}

function caller(rest: Partial<PossibleCaller> = {}): PossibleCaller {
  return { principal: user('alice'), policies: noPolicies, grants: [], ...rest };
}

function withIdentity(...statements: readonly unknown[]): PossibleCaller {
  return caller({ policies: { ...noPolicies, identity: [policy('use', 'identity', ...statements)] } });
}

const viaS3 = { Condition: { StringEquals: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' } } };

describe('whoCan', () => {
  it('tells actions with the same answer together, in the order of the first of them', () => {
    const [alice] = whoCan(
      keyArn,
      key(delegation),
      [withIdentity(allow(['kms:Encrypt', 'kms:DescribeKey']))],
      actions,
    );
    expect(alice).toEqual({
      principal: `arn:aws:iam::${account}:user/alice`,
      access: [
        {
          actions: ['kms:Encrypt', 'kms:DescribeKey'],
          answer: 'allowed',
          deciders: [
            { kind: 'resource-based policy', policy: 'default', statement: { index: 0, sid: 'delegates' } },
            { kind: 'identity-based policy', policy: 'use', statement: { index: 0, sid: undefined } },
          ],
          conditions: [],
        },
        { actions: ['kms:Decrypt', 'kms:DisableKey'], answer: 'denied', deciders: [], conditions: [] },
      ],
    });
  });

  it('tells of conditions in words, of an Allow and of a Deny', () => {
    const deny = {
      ...allow('kms:Encrypt', { Principal: '*', Condition: { Null: { 'kms:ViaService': true } } }),
      Effect: 'Deny',
    };
    const [alice] = whoCan(
      keyArn,
      key(delegation, deny),
      [withIdentity(allow('kms:Encrypt', viaS3))],
      ['kms:Encrypt'],
    );
    expect(alice?.access).toMatchObject([
      {
        answer: 'allowed under conditions',
        conditions: [
          {
            source: { kind: 'resource-based policy', statement: { index: 1 } },
            effect: 'Deny',
            conditions: ['kms:ViaService is absent'],
          },
          {
            source: { kind: 'identity-based policy', policy: 'use' },
            effect: 'Allow',
            conditions: ["kms:ViaService is 's3.us-east-1.amazonaws.com'"],
          },
        ],
      },
    ]);
  });

  it('is not open where another statement allows without conditions', () => {
    const [alice] = whoCan(
      keyArn,
      key(delegation),
      [withIdentity(allow('kms:*', viaS3), allow('kms:Encrypt'))],
      ['kms:Encrypt'],
    );
    expect(alice?.access).toMatchObject([{ answer: 'allowed', conditions: [] }]);
  });

  it('names the statement that always denies', () => {
    const deny = { ...allow('kms:*', { Sid: 'never' }), Effect: 'Deny' };
    const [alice] = whoCan(keyArn, key(delegation), [withIdentity(allow('kms:*'), deny)], ['kms:Encrypt']);
    expect(alice?.access).toMatchObject([
      { answer: 'denied', deciders: [{ kind: 'identity-based policy', statement: { sid: 'never' } }] },
    ]);
  });

  it('decides conditions on what is known of the caller', () => {
    const conditional = allow('kms:Encrypt', {
      Principal: '*',
      Condition: { StringEquals: { 'aws:PrincipalTag/team': 'blue' } },
    });
    const teams = ['blue', 'red', undefined].map((team) =>
      caller({ known: new Map([['aws:principaltag/team', team === undefined ? [] : [team]]]) }),
    );
    const answers = whoCan(keyArn, key(conditional), [...teams, caller()], ['kms:Encrypt']);
    expect(answers.map(({ access }) => access[0]?.answer)).toEqual([
      'allowed',
      'denied',
      'denied',
      'allowed under conditions',
    ]);
  });

  it('takes a condition on what is known for open where its value has a variable', () => {
    const conditional = allow('kms:Encrypt', {
      Principal: '*',
      Condition: { StringEquals: { 'aws:PrincipalTag/team': '${kms:ViaService}' } },
    });
    const blue = caller({ known: new Map([['aws:principaltag/team', ['blue']]]) });
    const [alice] = whoCan(keyArn, key(conditional), [blue], ['kms:Encrypt']);
    expect(alice?.access).toMatchObject([{ answer: 'allowed under conditions' }]);
  });

  it('takes a resource with variables for open', () => {
    const Resource = `arn:aws:kms:us-east-1:${account}:key/\${aws:PrincipalTag/key}`;
    const [alice] = whoCan(
      keyArn,
      key(delegation),
      [withIdentity(allow('kms:Encrypt', { Resource }))],
      ['kms:Encrypt'],
    );
    expect(alice?.access).toMatchObject([
      {
        answer: 'allowed under conditions',
        conditions: [{ conditions: ['the resource, written with policy variables, is this key'] }],
      },
    ]);
  });

  it('tells of grants, and of constraints where they bear on the action', () => {
    const grant = {
      grantId: 'g',
      grantee: 'principal' as const,
      operations: new Set(['Encrypt', 'DescribeKey']),
      constraints: {
        encryptionContextEquals: undefined,
        encryptionContextSubset: new Map([['Purpose', 'Test']]),
        sourceArn: undefined,
      },
    };
    const [alice] = whoCan(keyArn, key(delegation), [caller({ grants: [grant] })], actions);
    const deciders = [{ kind: 'grant', grantId: 'g' }];
    expect(alice?.access).toEqual([
      {
        actions: ['kms:Encrypt'],
        answer: 'allowed under conditions',
        deciders,
        conditions: [
          {
            source: { kind: 'grant', grantId: 'g' },
            effect: 'Allow',
            conditions: ['the encryption context includes {"Purpose":"Test"}'],
          },
        ],
      },
      { actions: ['kms:Decrypt', 'kms:DisableKey'], answer: 'denied', deciders: [], conditions: [] },
      { actions: ['kms:DescribeKey'], answer: 'allowed', deciders, conditions: [] },
    ]);
  });

  it('takes a grant with an empty EncryptionContextEquals for constrained: any pair breaks it', () => {
    const constraints = {
      encryptionContextEquals: new Map<string, string>(),
      encryptionContextSubset: undefined,
      sourceArn: undefined,
    };
    const grant = {
      grantId: 'g',
      grantee: 'principal' as const,
      operations: new Set(['Encrypt']),
      constraints,
    };
    const [alice] = whoCan(keyArn, key(delegation), [caller({ grants: [grant] })], ['kms:Encrypt']);
    expect(alice?.access).toMatchObject([{ answer: 'allowed under conditions' }]);
  });
});
