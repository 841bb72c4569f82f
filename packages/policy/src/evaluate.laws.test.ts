import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePolicy } from './compile.ts';
import { parsePolicyDocument } from './document.ts';
import { evaluatePolicy } from './evaluate.ts';
import { formatPolicy } from './reformat.ts';
import type { PolicyRequest, RequestPrincipal } from './request.ts';

const accounts = ['111122223333', '444455556666'];

function listOf(...texts: string[]) {
  const text = fc.constantFrom(...texts);
  return fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 3 }));
}

const [first = ''] = accounts;
const names = ['root', 'user/alice', 'role/admin'].map((name) => `arn:aws:iam::${first}:${name}`);
const sessionArn = `arn:aws:sts::${first}:assumed-role/admin/monday`;
const roleId = 'AROAIOSFODNN7EXAMPLE1';

const principals = fc.oneof(
  fc.constant('*'),
  listOf('*', ...accounts, ...names, sessionArn, roleId).map((AWS) => ({ AWS })),
  listOf('x.amazonaws.com', 's3.amazonaws.com').map((Service) => ({ Service })),
);
const actions = listOf('*', 'kms:*', 'kms:Encrypt', 'KMS:DECRYPT', 'kms:*crypt', 'kms:?ncrypt', 's3:*');
const resources = listOf('*', 'arn:aws:kms:us-east-1:111122223333:key/a', 'arn:aws:kms:*:key/?', 'a${b}');
const conditions = fc.constantFrom(
  undefined,
  undefined,
  {},
  { Bool: { 'aws:SecureTransport': true } },
  { StringEquals: { 'kms:RecipientAttestation:PCR0': 'ab' } },
  { StringNotLike: { 'kms:RecipientAttestation:PCR0': ['a*', 'c?'] } },
  { Null: { 'kms:RecipientAttestation:PCR0': 'true' } },
);

function eitherOf(name: string, values: fc.Arbitrary<unknown>) {
  return fc.tuple(fc.constantFrom(name, `Not${name}`), values).map(([key, value]) => ({ [key]: value }));
}

const statements: fc.Arbitrary<Record<string, unknown>> = fc
  .tuple(
    fc.record({ Effect: fc.constantFrom('Allow', 'Deny'), Condition: conditions }),
    eitherOf('Principal', principals),
    fc.oneof({ weight: 9, arbitrary: eitherOf('Action', actions) }, fc.constant({})),
    fc.oneof({ weight: 9, arbitrary: eitherOf('Resource', resources) }, fc.constant({})),
  )
  .map(([effect, principal, action, resource]) => ({ ...effect, ...principal, ...action, ...resource }));

const policies = fc.array(statements, { minLength: 1, maxLength: 5 });

const requests: fc.Arbitrary<PolicyRequest> = fc.record({
  principal: fc.constantFrom<RequestPrincipal>(
    ...accounts.map((accountId) => ({
      kind: 'root' as const,
      accountId,
      arn: `arn:aws:iam::${accountId}:root`,
      principalId: accountId,
    })),
    {
      kind: 'user',
      accountId: first,
      arn: `arn:aws:iam::${first}:user/alice`,
      principalId: 'AIDAIOSFODNN7EXAMPLE1',
      userName: 'alice',
    },
    {
      kind: 'assumed-role',
      accountId: first,
      arn: sessionArn,
      principalId: `${roleId}:monday`,
      roleArn: `arn:aws:iam::${first}:role/admin`,
      roleId,
      roleName: 'admin',
      sessionName: 'monday',
    },
    {
      kind: 'service',
      accountId: first,
      arn: 's3.amazonaws.com',
      serviceName: 's3.amazonaws.com',
      principalId: 's3.amazonaws.com',
    },
  ),
  action: fc.oneof(fc.constantFrom('kms:Encrypt', 'kms:Decrypt', 's3:GetObject'), fc.string()),
  resource: fc.oneof(fc.constantFrom('arn:aws:kms:us-east-1:111122223333:key/a', '*'), fc.string()),
  conditions: fc
    .option(fc.constantFrom('ab', 'AB', 'cd'), { nil: undefined })
    .map((pcr) => new Map(pcr === undefined ? [] : [['kms:recipientattestation:pcr0', [pcr]]])),
});

function decide(policy: readonly unknown[], request: PolicyRequest) {
  const text = JSON.stringify({ Version: '2012-10-17', Statement: policy });
  return evaluatePolicy(compilePolicy(parsePolicyDocument(text)), request);
}

describe('for every policy and request', () => {
  it('the evaluation gives a decision and never throws', () => {
    fc.assert(
      fc.property(policies, requests, (policy, request) => {
        expect(['Allow', 'ExplicitDeny', 'ImplicitDeny']).toContain(decide(policy, request).effect);
      }),
    );
  });

  it('an explicit deny wins wherever it stands', () => {
    const deny = { Effect: 'Deny', Principal: '*', Action: '*', Resource: '*' };
    fc.assert(
      fc.property(policies, requests, fc.nat(5), (policy, request, at) => {
        expect(decide(policy.toSpliced(at, 0, deny), request).effect).toBe('ExplicitDeny');
      }),
    );
  });

  it('one more Deny never turns a deny into an allow', () => {
    fc.assert(
      fc.property(policies, statements, requests, fc.nat(5), (policy, statement, request, at) => {
        fc.pre(decide(policy, request).effect !== 'Allow');
        const extended = policy.toSpliced(at, 0, { ...statement, Effect: 'Deny' });
        expect(decide(extended, request).effect).not.toBe('Allow');
      }),
    );
  });

  it('the order of the statements does not change the effect', () => {
    const shuffled = policies.chain((policy) =>
      fc.tuple(fc.constant(policy), fc.shuffledSubarray(policy, { minLength: policy.length })),
    );
    fc.assert(
      fc.property(shuffled, requests, ([policy, reordered], request) => {
        expect(decide(reordered, request).effect).toBe(decide(policy, request).effect);
      }),
    );
  });

  it('the order of members and of the items of lists does not change the decision', () => {
    const turned = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(turned).reverse();
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .map(([name, member]) => [name, turned(member)] as const)
          .reverse(),
      );
    };
    fc.assert(
      fc.property(policies, requests, (policy, request) => {
        expect(decide(policy.map(turned), request)).toEqual(decide(policy, request));
      }),
    );
  });

  it('an Allow names the caller as directly as any of its statements does', () => {
    const strengths = ['account', 'role', 'principal', 'service'];
    const allow = { Effect: 'Allow', Action: '*', Resource: '*' };
    const allows = fc.array(
      eitherOf('Principal', principals).map((principal) => ({ ...allow, ...principal })),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(allows, requests, (policy, request) => {
        const { effect, principalMatch } = decide(policy, request);
        expect(principalMatch === undefined).toBe(effect !== 'Allow');
        if (principalMatch === undefined) return;
        const alone = policy.map((statement) => decide([statement], request).principalMatch);
        const found = alone.map((match) => (match === undefined ? -1 : strengths.indexOf(match)));
        expect(strengths.indexOf(principalMatch)).toBe(Math.max(...found));
      }),
      { numRuns: 1000 },
    );
  });

  it('the effect is that of the statements taken one by one', () => {
    fc.assert(
      fc.property(policies, requests, (policy, request) => {
        const effects = policy.map((statement) => decide([statement], request).effect);
        const strongest = (['ExplicitDeny', 'Allow'] as const).find((effect) => effects.includes(effect));
        expect(decide(policy, request).effect).toBe(strongest ?? 'ImplicitDeny');
      }),
    );
  });

  it('the deciding statement leads to the same effect alone', () => {
    fc.assert(
      fc.property(policies, requests, (policy, request) => {
        const { effect, statement } = decide(policy, request);
        expect(statement === undefined).toBe(effect === 'ImplicitDeny');
        if (statement !== undefined) expect(decide([policy[statement.index]], request).effect).toBe(effect);
      }),
    );
  });

  it('reformatting leaves the document as it is', () => {
    fc.assert(
      fc.property(policies, (policy) => {
        const text = JSON.stringify({ Id: 'x', Statement: policy });
        expect(parsePolicyDocument(formatPolicy(text))).toEqual(parsePolicyDocument(text));
      }),
    );
  });
});
