import fc from 'fast-check';
import { explainDecision } from '@keyhaven/policy';
import { describe, expect, it } from 'vitest';
import {
  allowStatements,
  arbitraryCases,
  denyStatements,
  statements,
  withPrincipals,
} from './arbitrary-case.ts';
import type { DecisionCase, PolicyText, StatementText } from './decision-case.ts';
import { decidePurely, questionsOf } from './pure-decision.ts';

const numRuns = 500;

/** The policies of a case that a statement can be added to, by how. */
type Add = (one: DecisionCase, statement: StatementText) => DecisionCase;

function toFirst(policies: readonly PolicyText[] | undefined, statement: StatementText) {
  return policies?.map((policy, index) => (index === 0 ? [statement, ...policy] : policy));
}

/** Into a policy that is there; where there is none of the kind, the case stays as it is. */
const additions: Readonly<Record<string, Add>> = {
  'the key policy': (one, statement) => ({ ...one, keyPolicy: [...(one.keyPolicy ?? []), statement] }),
  'an identity policy': (one, statement) => ({ ...one, identity: toFirst(one.identity, statement) ?? [] }),
  'the boundary': (one, statement) =>
    one.boundary === undefined ? one : { ...one, boundary: [...one.boundary, statement] },
  'a session policy': (one, statement) => {
    const session = toFirst(one.session, statement);
    return session === undefined ? one : { ...one, session };
  },
  'a service control policy': (one, statement) => {
    const serviceControl = toFirst(one.serviceControl, statement);
    return serviceControl === undefined ? one : { ...one, serviceControl };
  },
  'a resource control policy': (one, statement) => {
    const resourceControl = toFirst(one.resourceControl, { ...statement, Principal: '*' });
    return resourceControl === undefined ? one : { ...one, resourceControl };
  },
};

function statementFor(where: string, plain: fc.Arbitrary<StatementText>): fc.Arbitrary<StatementText> {
  return where === 'the key policy' ? withPrincipals(plain) : plain;
}

function leaveOut(one: DecisionCase, kind: keyof DecisionCase): DecisionCase {
  return Object.fromEntries(Object.entries(one).filter(([key]) => key !== kind)) as unknown as DecisionCase;
}

function effectOf(one: DecisionCase): string {
  return decidePurely(one)[0]?.decision.effect ?? 'none';
}

function answerOf(one: DecisionCase): string {
  const decision = decidePurely(one)[0]?.decision;
  return decision?.effect === 'Allow' ? 'Allow' : `${decision?.effect} ${decision?.kind}`;
}

describe('for every caller, policies, grants and request', () => {
  it('the decision is one of three, and the explanation’s is the same', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(arbitraryCases, (one) => {
        const [decided] = decidePurely(one);
        for (const { request, caller, resource, grants } of questionsOf(one)) {
          const considered = grants.map((grant) => ({ ...grant, applies: true }));
          const explanation = explainDecision(request, caller, resource, considered);
          expect(explanation.decision).toEqual(decided?.decision);
          expect(JSON.parse(JSON.stringify(explanation))).toMatchObject({ sentence: explanation.sentence });
        }
        seen.add(effectOf(one));
      }),
      { numRuns },
    );
    expect([...seen].sort()).toEqual(['Allow', 'ExplicitDeny', 'ImplicitDeny']);
  });

  it.each(Object.entries(additions))('a Deny of everything in %s wins', (where, add) => {
    const all: StatementText = { Effect: 'Deny', Action: '*', Resource: '*' };
    const statement = where === 'the key policy' ? { ...all, Principal: '*' as const } : all;
    fc.assert(
      fc.property(arbitraryCases, (one) => {
        const denied = add(one, statement);
        const isHeard =
          denied !== one &&
          !(where === 'the key policy' && one.request.asks !== undefined) &&
          !(where === 'an identity policy' && one.identity?.length === 0) &&
          !(where === 'a service control policy' && one.principal === 's3');
        expect(effectOf(denied)).toBe(isHeard ? 'ExplicitDeny' : effectOf(one));
      }),
      { numRuns },
    );
  });

  it.each(Object.entries(additions))('one more Deny in %s lets nobody in', (where, add) => {
    fc.assert(
      fc.property(arbitraryCases, statementFor(where, denyStatements), (one, statement) => {
        if (effectOf(one) !== 'Allow') expect(effectOf(add(one, statement))).not.toBe('Allow');
      }),
      { numRuns },
    );
  });

  it.each(Object.entries(additions))(
    'one more Allow in %s, where there is one, keeps nobody out',
    (where, add) => {
      fc.assert(
        fc.property(arbitraryCases, statementFor(where, allowStatements), (one, statement) => {
          if (effectOf(one) === 'Allow') expect(effectOf(add(one, statement))).toBe('Allow');
        }),
        { numRuns },
      );
    },
  );

  it.each(['boundary', 'session', 'serviceControl', 'resourceControl'] as const)(
    'a first %s lets nobody in',
    (kind) => {
      fc.assert(
        fc.property(arbitraryCases, fc.array(statements, { minLength: 1 }), (one, policy) => {
          const unlimited = leaveOut(one, kind);
          if (effectOf(unlimited) === 'Allow') return;
          const everyone = policy.map((statement) => ({ ...statement, Principal: '*' as const }));
          const text = kind === 'resourceControl' ? everyone : policy;
          expect(effectOf({ ...unlimited, [kind]: kind === 'boundary' ? text : [text] })).not.toBe('Allow');
        }),
        { numRuns },
      );
    },
  );

  it('the order of statements, policies and grants does not change the answer', () => {
    fc.assert(
      fc.property(arbitraryCases, (one) => {
        const reversed = (policies: readonly PolicyText[] | undefined) =>
          policies?.map((policy) => policy.toReversed()).reverse();
        const [session, serviceControl, resourceControl] = [
          reversed(one.session),
          reversed(one.serviceControl),
          reversed(one.resourceControl),
        ];
        const other: DecisionCase = {
          ...one,
          keyPolicy: one.keyPolicy?.toReversed() ?? [],
          identity: reversed(one.identity) ?? [],
          grants: one.grants?.toReversed() ?? [],
          ...(one.boundary && { boundary: one.boundary.toReversed() }),
          ...(session && { session }),
          ...(serviceControl && { serviceControl }),
          ...(resourceControl && { resourceControl }),
        };
        expect(answerOf(other)).toBe(answerOf(one));
      }),
      { numRuns },
    );
  });

  it('what grants let in beyond the policies, one lists under constraints that hold', () => {
    let granted = 0;
    fc.assert(
      fc.property(arbitraryCases, (one) => {
        const without = effectOf({ ...one, grants: [] });
        if (without === 'Allow' || effectOf(one) !== 'Allow') {
          if (without === 'Allow') expect(effectOf(one)).toBe('Allow');
          return;
        }
        granted += 1;
        expect(without).toBe('ImplicitDeny');
        expect(one.request.asks).toBeUndefined();
        const context = Object.entries(one.request.input?.['EncryptionContext'] ?? {});
        const has = (pairs: Record<string, string> = {}) =>
          Object.entries(pairs).every((pair) => context.some((found) => String(found) === String(pair)));
        const covering = (one.grants ?? []).filter(
          ({ operations, equals, subset }) =>
            operations.includes(one.request.operation) &&
            (one.request.operation === 'DescribeKey' ||
              (has(equals) &&
                has(subset) &&
                (equals === undefined || Object.keys(equals).length === context.length))),
        );
        expect(covering).not.toEqual([]);
      }),
      { numRuns: 2000 },
    );
    expect(granted).toBeGreaterThan(10);
  });

  it('a key policy that allows nothing, without grants, lets nobody in', () => {
    fc.assert(
      fc.property(arbitraryCases, (one) => {
        const keyPolicy = (one.keyPolicy ?? []).map((statement) => ({
          ...statement,
          Effect: 'Deny' as const,
        }));
        const { operation } = one.request;
        expect(effectOf({ ...one, request: { operation }, keyPolicy, grants: [] })).not.toBe('Allow');
      }),
      { numRuns },
    );
  });

  it('a user of another account is let in by no key policy alone', () => {
    fc.assert(
      fc.property(arbitraryCases, (one) => {
        expect(effectOf({ ...one, principal: 'carol', identity: [], grants: [] })).not.toBe('Allow');
      }),
      { numRuns },
    );
  });
});
