import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePolicy, type PolicyDecision } from './compile.ts';
import { parsePolicyDocument } from './document.ts';
import { evaluatePolicy } from './evaluate.ts';
import type { PolicyRequest, RequestPrincipal } from './request.ts';

const own = '111122223333';
const arnOf = (resource: string, service = 'iam') => `arn:aws:${service}::${own}:${resource}`;
const callers: readonly RequestPrincipal[] = [
  { kind: 'root', accountId: own, arn: arnOf('root'), principalId: own },
  {
    kind: 'user',
    accountId: own,
    arn: arnOf('user/alice'),
    principalId: 'AIDAIOSFODNN7ALICE001',
    userName: 'alice',
  },
  {
    kind: 'assumed-role',
    accountId: own,
    arn: arnOf('assumed-role/app/one', 'sts'),
    principalId: 'AROAIOSFODNN7APPROLE1:one',
    roleArn: arnOf('role/app'),
    roleId: 'AROAIOSFODNN7APPROLE1',
    roleName: 'app',
    sessionName: 'one',
  },
  {
    kind: 'service',
    accountId: own,
    serviceName: 's3.amazonaws.com',
    arn: 's3.amazonaws.com',
    principalId: 's3.amazonaws.com',
  },
];

const names = [
  own,
  arnOf('root'),
  arnOf('user/alice'),
  arnOf('role/app'),
  arnOf('assumed-role/app/one', 'sts'),
  'AIDAIOSFODNN7ALICE001',
  'AROAIOSFODNN7APPROLE1',
];
/** Far more statements about others, as a large policy has. */
const others = Array.from({ length: 20 }, (_, index) => arnOf(`user/other${index}`));
const named = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom<unknown>('*', { Service: 's3.amazonaws.com' }) },
  { weight: 3, arbitrary: fc.subarray(names, { minLength: 1, maxLength: 2 }).map((AWS) => ({ AWS })) },
  { weight: 30, arbitrary: fc.constantFrom(...others).map((AWS) => ({ AWS })) },
);
const statements = fc
  .tuple(
    fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny'),
    named,
    fc.constantFrom('kms:*', 'kms:Encrypt', 'kms:Decrypt'),
    fc.nat(40),
  )
  .map(([Effect, principal, Action, chance]) => ({
    Effect,
    [chance === 0 ? 'NotPrincipal' : 'Principal']: principal,
    Action,
    Resource: '*',
  }));

function evaluate(policy: readonly unknown[], request: PolicyRequest): PolicyDecision {
  return evaluatePolicy(compilePolicy(parsePolicyDocument(JSON.stringify({ Statement: policy }))), request);
}

const order = ['account', 'role', 'principal', 'service'];

/** What each statement says alone, and of these the first of the strongest. */
function evaluateOneByOne(policy: readonly unknown[], request: PolicyRequest): PolicyDecision {
  const said = policy.map((statement, index) => {
    const decision = evaluate([statement], request);
    return decision.statement === undefined
      ? decision
      : { ...decision, statement: { index, sid: undefined } };
  });
  const deny = said.find(({ effect }) => effect === 'ExplicitDeny');
  if (deny !== undefined) return deny;
  const allows = said.filter(({ effect }) => effect === 'Allow');
  const strength = (one: PolicyDecision) => order.indexOf(one.principalMatch ?? 'account');
  const strongest = Math.max(...allows.map(strength));
  return allows.find((one) => strength(one) === strongest) ?? { effect: 'ImplicitDeny' };
}

describe('a large policy', () => {
  it('says what its statements say one by one', () => {
    const effects = new Map<string, number>();
    fc.assert(
      fc.property(
        fc.array(statements, { minLength: 16, maxLength: 60 }),
        fc.constantFrom(...callers),
        fc.constantFrom('kms:Encrypt', 'kms:Decrypt', 'KMS:DECRYPT', 'kms:Sign'),
        (policy, principal, action) => {
          const request: PolicyRequest = { principal, action, resource: 'any', conditions: new Map() };
          const decision = evaluate(policy, request);
          expect(decision).toEqual(evaluateOneByOne(policy, request));
          effects.set(decision.effect, (effects.get(decision.effect) ?? 0) + 1);
        },
      ),
      { numRuns: 300 },
    );
    expect([...effects.keys()].sort()).toEqual(['Allow', 'ExplicitDeny', 'ImplicitDeny']);
  });

  it('answers every caller that its statements name in the same way', () => {
    const policy = others.map((AWS) => ({
      Effect: 'Allow',
      Principal: { AWS },
      Action: 'kms:*',
      Resource: '*',
    }));
    const principal: RequestPrincipal = {
      kind: 'user',
      accountId: own,
      arn: arnOf('user/other19'),
      principalId: 'AIDAIOSFODNN7OTHER019',
      userName: 'other19',
    };
    const request: PolicyRequest = { principal, action: 'kms:Sign', resource: 'any', conditions: new Map() };
    expect(evaluate(policy, request)).toMatchObject({ effect: 'Allow', statement: { index: 19 } });
    expect(evaluate(policy.slice(0, 19), request).effect).toBe('ImplicitDeny');
  });
});
