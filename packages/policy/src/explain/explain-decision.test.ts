import { describe, expect, it } from 'vitest';
import { compilePolicy } from '../compile.ts';
import { noConditionValues } from '../conditions/condition-values.ts';
import type { AuthorizationRequest } from '../decision/decision.ts';
import {
  noPolicies,
  type CallerPolicies,
  type NamedPolicy,
  type ResourcePolicies,
} from '../decision/policies.ts';
import { defaultKeyPolicy } from '../default-key-policy.ts';
import type { DocumentKind } from '../document-kind.ts';
import { parsePolicyDocument } from '../document.ts';
import type { RoleSessionPrincipal, UserPrincipal } from '../request.ts';
import { explainDecision } from './explain-decision.ts';
import type { ConsideredGrant } from './explanation.ts';

const account = '111122223333';
const keyArn = `arn:aws:kms:us-east-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
const alice: UserPrincipal = {
  kind: 'user',
  accountId: account,
  arn: `arn:aws:iam::${account}:user/alice`,
  principalId: 'AIDAIOSFODNN7ALICE001',
  userName: 'alice',
};
const session: RoleSessionPrincipal = {
  kind: 'assumed-role',
  accountId: account,
  arn: `arn:aws:sts::${account}:assumed-role/app/one`,
  principalId: 'AROAIOSFODNN7APPROLE1:one',
  roleArn: `arn:aws:iam::${account}:role/app`,
  roleId: 'AROAIOSFODNN7APPROLE1',
  roleName: 'app',
  sessionName: 'one',
};

function policy(name: string, kind: DocumentKind, ...statements: readonly unknown[]): NamedPolicy {
  const text = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  return { name, policy: compilePolicy(parsePolicyDocument(text, kind)) };
}

function allow(Action: string, rest: Record<string, unknown> = {}) {
  return { Effect: 'Allow', Action, Resource: '*', ...rest };
}

const byDefault: ResourcePolicies = {
  accountId: account,
  keyPolicy: { name: 'default', policy: compilePolicy(parsePolicyDocument(defaultKeyPolicy(account))) },
  resourceControl: undefined,
};

function explain(
  caller: Partial<CallerPolicies>,
  given: {
    readonly request?: Partial<AuthorizationRequest>;
    readonly resource?: Partial<ResourcePolicies>;
    readonly grants?: readonly ConsideredGrant[];
  } = {},
) {
  const request: AuthorizationRequest = {
    principal: alice,
    action: 'kms:Decrypt',
    resource: keyArn,
    conditions: noConditionValues,
    conditionsInKeyPolicy: noConditionValues,
    ...given.request,
  };
  const resource = { ...byDefault, ...given.resource };
  return explainDecision(request, { ...noPolicies, ...caller }, resource, given.grants ?? []);
}

const delegates =
  "The key policy delegates to account 111122223333 (statement 'Enable IAM User Permissions')";

describe('explainDecision', () => {
  it('says which two policies let a user in', () => {
    const { sentence } = explain({ identity: [policy('use', 'identity', allow('kms:*', { Sid: 'all' }))] });
    expect(sentence).toBe(
      `${delegates}, and identity policy 'use' of user alice allows kms:Decrypt on this key (statement 'all').`,
    );
  });

  it('says that an identity policy is missing', () => {
    const { sentence, hints } = explain({});
    expect(sentence).toBe(
      `${delegates}, but no identity policy of user alice allows kms:Decrypt on this key.`,
    );
    expect(hints).toEqual([]);
  });

  it('hints at a statement whose condition was not met, and at one on another resource', () => {
    const identity = [
      policy(
        'use',
        'identity',
        allow('kms:*', { Condition: { StringEquals: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' } } }),
        allow('kms:Decrypt', { Resource: `${keyArn}0`, Sid: 'other' }),
        allow('kms:Encrypt'),
      ),
    ];
    expect(explain({ identity }).hints).toEqual([
      "Statement 1 of identity policy 'use' would allow it, but StringEquals of kms:ViaService wants " +
        "'s3.us-east-1.amazonaws.com' and the request has no value for it.",
      "Statement 'other' of identity policy 'use' would allow it on another resource.",
    ]);
  });

  it('says that the key policy lets the caller in by no means, and that an identity policy does not help', () => {
    const keyPolicy = policy('default', 'key', allow('kms:Encrypt', { Principal: { AWS: alice.arn } }));
    const identity = [policy('use', 'identity', allow('kms:*'))];
    const { sentence, decision } = explain({ identity }, { resource: { keyPolicy } });
    expect(decision).toMatchObject({ effect: 'ImplicitDeny', kind: 'resource-based policy' });
    expect(sentence).toBe(
      'The key policy does not allow kms:Decrypt on this key to user alice, and does not delegate it to account ' +
        '111122223333; an identity policy alone is not enough.',
    );
  });

  it('names the statement that denies', () => {
    const keyPolicy = policy('default', 'key', {
      ...allow('kms:*', { Principal: '*', Sid: 'x' }),
      Effect: 'Deny',
    });
    expect(explain({}, { resource: { keyPolicy } }).sentence).toBe(
      "Statement 'x' of the key policy denies user alice kms:Decrypt on this key.",
    );
  });

  it('says what a session policy and a boundary leave out', () => {
    const keyPolicy = policy('default', 'key', allow('kms:*', { Principal: { AWS: session.roleArn } }));
    const given = { request: { principal: session }, resource: { keyPolicy } };
    const allowed = 'The key policy allows kms:Decrypt on this key to role app (statement 1), but ';
    const limit = policy('limit', 'identity', allow('kms:Encrypt'));
    expect(explain({ session: [limit] }, given).sentence).toBe(
      `${allowed}no session policy of session one of role app does.`,
    );
    expect(explain({ boundary: limit }, given).sentence).toBe(
      `${allowed}the permissions boundary of role app does not.`,
    );
  });

  it('tells of control policies before all else', () => {
    const serviceControl = [policy('scp', 'control', allow('s3:*'))];
    expect(explain({ serviceControl }).sentence).toBe(
      'No service control policy of account 111122223333 allows kms:Decrypt on this key.',
    );
  });

  it('tells of each kind what its policies say, and leaves out statements about others', () => {
    const identity = [policy('use', 'identity', allow('kms:Encrypt'), allow('kms:De*'))];
    const { kinds } = explain({ identity });
    expect(kinds.map(({ kind, verdict }) => [kind, verdict])).toEqual([
      ['service control policy', 'NotApplicable'],
      ['resource control policy', 'NotApplicable'],
      ['resource-based policy', 'Allow'],
      ['identity-based policy', 'Allow'],
      ['permissions boundary', 'NotApplicable'],
      ['session policy', 'NotApplicable'],
    ]);
    expect(kinds[3]?.policies).toMatchObject([
      { name: 'use', verdict: 'Allow', statements: [{ index: 1, applies: true }] },
    ]);
  });

  const constraints = {
    encryptionContextEquals: undefined,
    encryptionContextSubset: undefined,
    sourceArn: undefined,
  };
  const operations = new Set(['Encrypt', 'Decrypt']);

  it('tells of grants which apply, and which of them let the caller in', () => {
    const grants: ConsideredGrant[] = [
      { grantId: 'a', grantee: 'principal', operations, constraints, applies: false },
      { grantId: 'b', grantee: 'account', operations, constraints, applies: true },
      { grantId: 'c', grantee: 'principal', operations, constraints, applies: true },
    ];
    const { sentence, grants: told } = explain({}, { grants });
    expect(sentence).toBe('Grant c gives user alice kms:Decrypt on this key.');
    expect(told).toEqual([
      {
        grantId: 'a',
        grantee: 'principal',
        operations: ['Decrypt', 'Encrypt'],
        applies: false,
        letsIn: false,
      },
      { grantId: 'b', grantee: 'account', operations: ['Decrypt', 'Encrypt'], applies: true, letsIn: false },
      { grantId: 'c', grantee: 'principal', operations: ['Decrypt', 'Encrypt'], applies: true, letsIn: true },
    ]);
  });

  it('does not decide by a grant that does not apply', () => {
    const grants: ConsideredGrant[] = [
      { grantId: 'a', grantee: 'principal', operations, constraints, applies: false },
    ];
    expect(explain({}, { grants }).decision.effect).toBe('ImplicitDeny');
  });
});
