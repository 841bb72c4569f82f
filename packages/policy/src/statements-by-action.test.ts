import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePolicy } from './compile.ts';
import { parsePolicyDocument } from './document.ts';
import { evaluatePolicy } from './evaluate.ts';
import type { PolicyRequest } from './request.ts';

const own = '111122223333';
const principal = {
  kind: 'user',
  accountId: own,
  arn: `arn:aws:iam::${own}:user/alice`,
  principalId: 'AIDAIOSFODNN7ALICE001',
  userName: 'alice',
} as const;

const keys = ['a', 'b', 'alice'].map((name) => `arn:aws:kms:us-east-1:${own}:key/${name}`);
const patterns = fc.constantFrom(
  '*',
  ...keys,
  'arn:aws:kms:*:*:key/a*',
  'arn:aws:kms:*:*:key/${aws:username}',
);
const statement = fc.record({
  Effect: fc.constantFrom('Allow', 'Deny'),
  Action: fc.constantFrom('kms:*', 'kms:Encrypt', 'kms:Decrypt'),
  resource: fc.tuple(fc.constantFrom('Resource', 'NotResource'), patterns),
});
type Drawn = typeof statement extends fc.Arbitrary<infer T> ? T : never;

const compile = (statements: readonly Drawn[]) =>
  compilePolicy(
    parsePolicyDocument(
      JSON.stringify({
        Version: '2012-10-17',
        Statement: statements.map(({ resource: [element, pattern], ...rest }) => ({
          ...rest,
          [element]: pattern,
        })),
      }),
      'identity',
    ),
  );

const requests: readonly PolicyRequest[] = keys.flatMap((resource) =>
  [['alice'], undefined].map((name) => ({
    principal,
    action: 'kms:Encrypt',
    resource,
    conditions: new Map(name === undefined ? [] : [['aws:username', name]]),
  })),
);

describe('A large policy', () => {
  it('says to every resource what its statements say one by one, however often it is asked', () => {
    fc.assert(
      fc.property(fc.array(statement, { minLength: 20, maxLength: 40 }), (statements) => {
        const large = compile(statements);
        const single = statements.map((one) => compile([one]));
        for (const request of [...requests, ...requests]) {
          const effects = single.map((policy) => evaluatePolicy(policy, request).effect);
          const expected = ['ExplicitDeny', 'Allow', 'ImplicitDeny'].find((effect) =>
            effects.some((one) => one === effect),
          );
          expect(evaluatePolicy(large, request).effect).toBe(expected);
        }
      }),
    );
  });

  it('remembers no more than a few of the resources that it is asked about', () => {
    const large = compile(
      Array.from({ length: 20 }, () => ({
        Effect: 'Allow' as const,
        Action: 'kms:*' as const,
        resource: ['Resource', `arn:aws:kms:*:*:key/a*`],
      })),
    );
    for (let n = 0; n < 1000; n++) {
      const resource = `arn:aws:kms:us-east-1:${own}:key/${n % 2 === 0 ? 'a' : 'b'}${n}`;
      const request = { principal, action: 'kms:Encrypt', resource, conditions: new Map<string, string[]>() };
      expect(evaluatePolicy(large, request).effect).toBe(n % 2 === 0 ? 'Allow' : 'ImplicitDeny');
    }
    expect(large.byAction.resourcesKnown).toBeLessThanOrEqual(64);
  });
});
