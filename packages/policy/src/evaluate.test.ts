import { describe, expect, it } from 'vitest';
import { compilePolicy } from './compile.ts';
import { noConditionValues as conditions } from './conditions/condition-values.ts';
import { defaultKeyPolicy } from './default-key-policy.ts';
import { parsePolicyDocument } from './document.ts';
import { evaluatePolicy } from './evaluate.ts';
import type { RootPrincipal } from './request.ts';

const account = '111122223333';
const rootArn = `arn:aws:iam::${account}:root`;
const keyArn = `arn:aws:kms:us-east-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
const root: RootPrincipal = { kind: 'root', accountId: account, arn: rootArn, principalId: account };
const allowAll = { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' };

function compile(statements: unknown, version = '2012-10-17') {
  return compilePolicy(parsePolicyDocument(JSON.stringify({ Version: version, Statement: statements })));
}

function decide(statements: unknown, action = 'kms:Encrypt', version = '2012-10-17') {
  return evaluatePolicy(compile(statements, version), {
    principal: root,
    action,
    resource: keyArn,
    conditions,
  });
}

function effectOf(members: Record<string, unknown>, action?: string) {
  return decide({ ...allowAll, ...members }, action).effect;
}

/** A Deny with the given members beside an Allow of everything. */
function effectOfDeny(members: Record<string, unknown>, action?: string) {
  return decide([allowAll, { ...allowAll, Effect: 'Deny', ...members }], action).effect;
}

describe('evaluatePolicy', () => {
  it('allows the account root everything under the default key policy and names the statement', () => {
    const policy = compilePolicy(parsePolicyDocument(defaultKeyPolicy(account)));
    expect(
      evaluatePolicy(policy, {
        principal: root,
        action: 'kms:Encrypt',
        resource: keyArn,
        conditions,
      }),
    ).toEqual({
      effect: 'Allow',
      statement: { index: 0, sid: 'Enable IAM User Permissions' },
      principalMatch: 'principal',
    });
  });

  it('denies the root of another account under the default key policy, naming no statement', () => {
    const policy = compilePolicy(parsePolicyDocument(defaultKeyPolicy('444455556666')));
    const decision = evaluatePolicy(policy, {
      principal: root,
      action: 'kms:Encrypt',
      resource: keyArn,
      conditions,
    });
    expect(decision).toEqual({ effect: 'ImplicitDeny' });
  });

  it('lets an explicit deny win before and after an allow, and names the denying statement', () => {
    const deny = { ...allowAll, Effect: 'Deny', Sid: 'no' };
    expect(decide([deny, allowAll])).toEqual({ effect: 'ExplicitDeny', statement: { index: 0, sid: 'no' } });
    expect(decide([allowAll, deny])).toEqual({ effect: 'ExplicitDeny', statement: { index: 1, sid: 'no' } });
  });

  it('names the first of several statements that decide alike', () => {
    expect(decide([{ ...allowAll, Action: 's3:*' }, allowAll, allowAll]).statement?.index).toBe(1);
  });

  describe('matches a principal', () => {
    it.each<[string, unknown]>([
      ['the root ARN', { AWS: rootArn }],
      ['the bare account id', { AWS: account }],
      ['everyone', '*'],
      ['everyone under AWS', { AWS: '*' }],
      ['one of several', { AWS: ['444455556666', account], Service: 'x.amazonaws.com' }],
    ])('written as %s', (_, Principal) => {
      expect(effectOf({ Principal })).toBe('Allow');
    });

    it.each<[string, unknown]>([
      ['another account', { AWS: '444455556666' }],
      ['the root ARN of another partition', { AWS: `arn:aws-cn:iam::${account}:root` }],
      ['a user of the account', { AWS: `arn:aws:iam::${account}:user/alice` }],
      ['a role of the account', { AWS: `arn:aws:iam::${account}:role/admin` }],
      ['a service', { Service: 'kms.amazonaws.com' }],
      ['a federated principal with the text of the root ARN', { Federated: rootArn }],
    ])('but not %s', (_, Principal) => {
      expect(effectOf({ Principal })).toBe('ImplicitDeny');
    });

    it('by its account id in every partition', () => {
      const principal: RootPrincipal = { ...root, arn: `arn:aws-cn:iam::${account}:root` };
      const policy = compile({ ...allowAll, Principal: { AWS: account } });
      const request = { principal, action: 'kms:Encrypt', resource: keyArn, conditions };
      expect(evaluatePolicy(policy, request).effect).toBe('Allow');
    });

    it('that NotPrincipal does not name, and none that it names', () => {
      const deny = { Effect: 'Deny', Action: '*', Resource: '*' };
      const others = { ...deny, NotPrincipal: { AWS: `arn:aws:iam::${account}:user/alice` } };
      expect(decide([allowAll, others]).effect).toBe('ExplicitDeny');
      expect(decide([allowAll, { ...deny, NotPrincipal: { AWS: account } }]).effect).toBe('Allow');
      expect(decide([allowAll, { ...deny, NotPrincipal: '*' }]).effect).toBe('Allow');
    });
  });

  describe('matches an action', () => {
    it.each(['kms:Encrypt', 'KMS:encrypt', 'kms:Enc*', 'kms:*crypt', 'kms:?ncrypt', 'kms:*', '*'])(
      'by %s',
      (Action) => {
        expect(effectOf({ Action })).toBe('Allow');
      },
    );

    it.each(['kms:Decrypt', 'kms:Encryp', 'kms:Encrypt?', 's3:*', 's3:Encrypt', 'kms:*ReEncrypt*'])(
      'but not by %s',
      (Action) => {
        expect(effectOf({ Action })).toBe('ImplicitDeny');
      },
    );

    it('that NotAction does not name, and none that it names', () => {
      const rest = { Effect: 'Allow', Principal: '*', Resource: '*' };
      expect(decide({ ...rest, NotAction: ['kms:Decrypt', 'kms:Put*'] }).effect).toBe('Allow');
      expect(decide({ ...rest, NotAction: ['kms:Decrypt', 'kms:ENC*'] }).effect).toBe('ImplicitDeny');
      expect(decide({ ...rest, NotAction: '*' }).effect).toBe('ImplicitDeny');
    });
  });

  describe('matches a resource', () => {
    it.each(['*', keyArn, 'arn:aws:kms:*:*:key/*', `${keyArn.slice(0, -1)}?`])('by %s', (Resource) => {
      expect(effectOf({ Resource })).toBe('Allow');
    });

    it.each([
      keyArn.toUpperCase(),
      `${keyArn}x`,
      'arn:aws:kms:*:*:alias/*',
      '1234abcd-12ab-34cd-56ef-1234567890ab',
      '',
    ])('but not by %s', (Resource) => {
      expect(effectOf({ Resource })).toBe('ImplicitDeny');
    });

    it('that NotResource does not name, and none that it names', () => {
      const rest = { Effect: 'Allow', Principal: '*', Action: '*' };
      expect(decide({ ...rest, NotResource: 'arn:aws:s3:::*' }).effect).toBe('Allow');
      expect(decide({ ...rest, NotResource: keyArn }).effect).toBe('ImplicitDeny');
    });
  });

  it.each(['Allow', 'Deny'])('gives no effect to a %s without Action or without Resource', (Effect) => {
    const [noAction, noResource] = [
      { Effect, Principal: '*', Resource: '*' },
      { Effect, Principal: '*', Action: '*' },
    ];
    expect(decide([noAction, noResource]).effect).toBe('ImplicitDeny');
    expect(decide([noAction, noResource, allowAll]).effect).toBe('Allow');
  });

  it('applies a statement only where its conditions are met', () => {
    const Condition = { StringEquals: { 'kms:CallerAccount': account } };
    expect(effectOf({ Condition })).toBe('ImplicitDeny');
    expect(effectOfDeny({ Condition })).toBe('Allow');
  });

  describe('takes a resource with a variable that has no value', () => {
    const variable = 'arn:aws:kms:us-east-1:111122223333:key/${aws:PrincipalTag/key}';
    const { Resource, ...rest } = allowAll;

    it('as one that matches nothing', () => {
      expect(effectOf({ Resource: variable })).toBe('ImplicitDeny');
      expect(effectOf({ Resource: [variable, Resource] })).toBe('Allow');
      expect(effectOfDeny({ Resource: variable })).toBe('Allow');
    });

    it('as one that helps nobody in NotResource', () => {
      expect(decide({ ...rest, NotResource: variable }).effect).toBe('ImplicitDeny');
      expect(decide([allowAll, { ...rest, Effect: 'Deny', NotResource: variable }]).effect).toBe(
        'ExplicitDeny',
      );
      expect(decide([allowAll, { ...rest, Effect: 'Deny', NotResource: [variable, keyArn] }]).effect).toBe(
        'Allow',
      );
    });

    it('but ${ as plain text in a policy of the older language', () => {
      const deny = { ...allowAll, Effect: 'Deny', Resource: 'arn:${x}' };
      expect(decide([allowAll, deny], 'kms:Encrypt', '2008-10-17').effect).toBe('Allow');
      const notResource = { ...rest, NotResource: variable };
      expect(decide(notResource, 'kms:Encrypt', '2008-10-17').effect).toBe('Allow');
    });
  });

  it('remembers the statements of so many actions only, and answers alike for all', () => {
    const policy = compile({ ...allowAll, Action: 'kms:a*' });
    const effectFor = (action: string) =>
      evaluatePolicy(policy, { principal: root, action, resource: keyArn, conditions }).effect;
    for (let i = 0; i < 300; i += 1) {
      expect([effectFor(`kms:A${i}`), effectFor(`kms:B${i}`)]).toEqual(['Allow', 'ImplicitDeny']);
    }
    expect(policy.byAction.size).toBe(128);
    expect([effectFor('kms:A0'), effectFor('kms:A299'), effectFor('KMS:b0')]).toEqual([
      'Allow',
      'Allow',
      'ImplicitDeny',
    ]);
  });
});
