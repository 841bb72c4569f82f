import { describe, expect, it } from 'vitest';
import { compilePolicy } from '../compile.ts';
import { noConditionValues } from '../conditions/condition-values.ts';
import { defaultKeyPolicy } from '../default-key-policy.ts';
import { parsePolicyDocument } from '../document.ts';
import type { DocumentKind } from '../document-kind.ts';
import type { Grant } from '../grants/grant.ts';
import type { RequestPrincipal } from '../request.ts';
import { decide } from './decide.ts';
import type { AuthorizationRequest } from './decision.ts';
import { noPolicies, type CallerPolicies, type NamedPolicy, type ResourcePolicies } from './policies.ts';

const account = '111122223333';
const keyArn = `arn:aws:kms:us-east-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
const alice: RequestPrincipal = {
  kind: 'user',
  accountId: account,
  arn: `arn:aws:iam::${account}:user/alice`,
  principalId: 'AIDAIOSFODNN7ALICE001',
  userName: 'alice',
};
const root: RequestPrincipal = {
  kind: 'root',
  accountId: account,
  arn: `arn:aws:iam::${account}:root`,
  principalId: account,
};

function policy(name: string, kind: DocumentKind, ...statements: readonly unknown[]): NamedPolicy {
  const text = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  return { name, policy: compilePolicy(parsePolicyDocument(text, kind)) };
}

function statement(Effect: 'Allow' | 'Deny', Sid: string, rest: Record<string, unknown> = {}) {
  return { Sid, Effect, Action: 'kms:*', Resource: '*', ...rest };
}

const keyPolicy: NamedPolicy = {
  name: 'default',
  policy: compilePolicy(parsePolicyDocument(defaultKeyPolicy(account))),
};
const key: ResourcePolicies = { accountId: account, keyPolicy, resourceControl: undefined };
const nothing: ResourcePolicies = { accountId: account, keyPolicy: undefined, resourceControl: undefined };

function asks(principal: RequestPrincipal, values: Partial<AuthorizationRequest> = {}): AuthorizationRequest {
  return {
    principal,
    action: 'kms:Encrypt',
    resource: keyArn,
    conditions: noConditionValues,
    conditionsInKeyPolicy: noConditionValues,
    ...values,
  };
}

function callerOf(policies: Partial<CallerPolicies>): CallerPolicies {
  return { ...noPolicies, ...policies };
}

function grantTo(grantee: Grant['grantee'], grantId = 'g'): Grant {
  const constraints = {
    encryptionContextEquals: undefined,
    encryptionContextSubset: undefined,
    sourceArn: undefined,
  };
  return { grantId, operations: new Set(['Encrypt']), constraints, grantee };
}

const delegated = {
  kind: 'resource-based policy',
  policy: 'default',
  statement: { index: 0, sid: 'Enable IAM User Permissions' },
};

describe('decide', () => {
  it('names the statement of the key policy that lets the root user in', () => {
    expect(decide(asks(root), noPolicies, key, [])).toEqual({ effect: 'Allow', deciders: [delegated] });
  });

  it('names the delegation and the identity policy where both let the caller in', () => {
    const identity = [policy('other', 'identity', statement('Allow', 'a', { Action: 's3:*' }))];
    identity.push(policy('use', 'identity', statement('Allow', 'mine')));
    expect(decide(asks(alice), callerOf({ identity }), key, [])).toEqual({
      effect: 'Allow',
      deciders: [
        delegated,
        { kind: 'identity-based policy', policy: 'use', statement: { index: 0, sid: 'mine' } },
      ],
    });
  });

  it('names the policy and the statement that denies', () => {
    const identity = [policy('use', 'identity', statement('Allow', 'a'), statement('Deny', 'never'))];
    expect(decide(asks(alice), callerOf({ identity }), key, [])).toEqual({
      effect: 'ExplicitDeny',
      kind: 'identity-based policy',
      decider: { kind: 'identity-based policy', policy: 'use', statement: { index: 1, sid: 'never' } },
    });
  });

  const denying = policy('deny', 'control', statement('Deny', 'no'));
  const denyingKeyPolicy = policy('default', 'key', statement('Deny', 'no', { Principal: '*' }));
  const denyingAll: CallerPolicies = {
    identity: [denying],
    boundary: denying,
    session: [denying],
    serviceControl: [denying],
  };

  it.each([
    ['service control policy', denyingAll, { keyPolicy: denyingKeyPolicy, resourceControl: [denying] }],
    [
      'resource control policy',
      { ...denyingAll, serviceControl: undefined },
      { keyPolicy: denyingKeyPolicy, resourceControl: [denying] },
    ],
    ['resource-based policy', { ...denyingAll, serviceControl: undefined }, { keyPolicy: denyingKeyPolicy }],
    ['identity-based policy', { ...denyingAll, serviceControl: undefined }, {}],
    ['permissions boundary', { ...denyingAll, serviceControl: undefined, identity: [] }, {}],
    ['session policy', callerOf({ session: [denying] }), {}],
  ] as const)('of several kinds that deny, names %s first of those after it', (kind, caller, resource) => {
    expect(decide(asks(alice), caller, { ...key, ...resource }, [])).toMatchObject({
      effect: 'ExplicitDeny',
      kind,
    });
  });

  it('takes an empty list of control or session policies for policies that allow nothing', () => {
    const identity = [policy('use', 'identity', statement('Allow', 'a'))];
    expect(decide(asks(alice), callerOf({ identity, serviceControl: [] }), key, [])).toEqual({
      effect: 'ImplicitDeny',
      kind: 'service control policy',
      mayBeGranted: false,
    });
    expect(decide(asks(alice), callerOf({ identity }), { ...key, resourceControl: [] }, [])).toMatchObject({
      kind: 'resource control policy',
      mayBeGranted: false,
    });
    expect(decide(asks(alice), callerOf({ identity, session: [] }), key, [])).toMatchObject({
      kind: 'session policy',
      mayBeGranted: true,
    });
  });

  it('tells that a refusal of the key or the caller’s policies may be granted, and names the grant that does', () => {
    expect(decide(asks(alice), noPolicies, key, [])).toEqual({
      effect: 'ImplicitDeny',
      kind: 'identity-based policy',
      mayBeGranted: true,
    });
    expect(decide(asks(alice), noPolicies, key, [grantTo('account', 'x'), grantTo('principal')])).toEqual({
      effect: 'Allow',
      deciders: [{ kind: 'grant', grantId: 'g' }],
    });
  });

  it('does not name a grant where the policies let the caller in', () => {
    expect(decide(asks(root), noPolicies, key, [grantTo('principal')])).toEqual({
      effect: 'Allow',
      deciders: [delegated],
    });
  });

  it('gives a service nothing that only IAM governs, even with an identity policy', () => {
    const service: RequestPrincipal = {
      kind: 'service',
      accountId: account,
      serviceName: 's3.amazonaws.com',
      arn: 's3.amazonaws.com',
      principalId: 's3.amazonaws.com',
    };
    const identity = [policy('use', 'identity', statement('Allow', 'a'))];
    const request = asks(service, { action: 'kms:ListKeys', resource: '*' });
    expect(decide(request, callerOf({ identity }), nothing, [])).toMatchObject({
      effect: 'ImplicitDeny',
      kind: 'identity-based policy',
    });
  });

  it('names the identity policy beside a grant to the account', () => {
    const closed = policy('default', 'key', statement('Allow', 'a', { Principal: { AWS: '444455556666' } }));
    const identity = [policy('use', 'identity', statement('Allow', 'mine'))];
    const decision = decide(asks(alice), callerOf({ identity }), { ...key, keyPolicy: closed }, [
      grantTo('account'),
    ]);
    expect(decision).toMatchObject({
      effect: 'Allow',
      deciders: [{ kind: 'grant' }, { kind: 'identity-based policy', policy: 'use' }],
    });
  });

  it('names the root user where nothing but IAM governs, and its refusal where another account does', () => {
    const request = asks(root, { action: 'kms:ListKeys', resource: '*' });
    expect(decide(request, noPolicies, nothing, [])).toEqual({
      effect: 'Allow',
      deciders: [{ kind: 'root user' }],
    });
    expect(decide(request, noPolicies, { ...nothing, accountId: '444455556666' }, [])).toEqual({
      effect: 'ImplicitDeny',
      kind: 'identity-based policy',
      mayBeGranted: false,
    });
  });

  it('is not let in by a grant where nothing but IAM governs', () => {
    const request = asks(alice, { action: 'kms:ListKeys', resource: '*' });
    expect(decide(request, noPolicies, nothing, [grantTo('principal')])).toMatchObject({
      effect: 'ImplicitDeny',
      mayBeGranted: false,
    });
  });

  it('shows key policies the values that are for them alone', () => {
    const condition = { Condition: { StringEquals: { 'kms:KeySpec': 'HMAC_256' } }, Principal: '*' };
    const conditional = policy('default', 'key', statement('Allow', 'a', condition));
    const met = new Map([['kms:keyspec', ['HMAC_256']]]);
    const resource = { ...key, keyPolicy: conditional };
    const inKeyPolicy = asks(alice, { conditionsInKeyPolicy: met });
    expect(decide(inKeyPolicy, noPolicies, resource, []).effect).toBe('Allow');
    const elsewhere = asks(alice, { conditions: met });
    expect(decide(elsewhere, noPolicies, resource, []).effect).toBe('ImplicitDeny');
  });
});
