import fc from 'fast-check';
import { decide, whoCan, type Access, type Grant, type KnownValues } from '@keyhaven/policy';
import { describe, expect, it } from 'vitest';
import { arbitraryCases, asked } from './arbitrary-case.ts';
import { keyArn } from './cast.ts';
import type { DecisionCase } from './decision-case.ts';
import { decidePurely, questionsOf } from './pure-decision.ts';

const actions = ['kms:Encrypt', 'kms:Decrypt', 'kms:DescribeKey'];

/** What only the caller says, the same for all its requests. */
function knownOf(one: DecisionCase): KnownValues {
  const { request } = first(one);
  const known = new Map<string, readonly string[]>();
  for (const key of ['aws:principalarn', 'aws:principaltag/team', 'aws:username']) {
    known.set(key, request.conditions.get(key) ?? []);
  }
  return known;
}

function first(one: DecisionCase) {
  const [question] = questionsOf(one);
  if (question === undefined) throw new Error('A case asks for something.');
  return question;
}

function grantsOf(one: DecisionCase): readonly Grant[] {
  const toMap = (pairs: Readonly<Record<string, string>> | undefined) =>
    pairs && new Map(Object.entries(pairs));
  return (one.grants ?? []).map(({ operations, grantee, equals, subset, sourceArn }, index) => ({
    grantId: `grant ${index + 1}`,
    operations: new Set(operations),
    grantee,
    constraints: {
      encryptionContextEquals: toMap(equals),
      encryptionContextSubset: toMap(subset),
      sourceArn,
    },
  }));
}

function accessOf(one: DecisionCase, known: KnownValues | undefined): Access | undefined {
  const { request, caller, resource } = first(one);
  const possible = {
    principal: request.principal,
    policies: caller,
    grants: grantsOf(one),
    ...(known && { known }),
  };
  const [answer] = whoCan(keyArn, resource, [possible], actions);
  return answer?.access.find((access) => access.actions.includes(`kms:${one.request.operation}`));
}

const onKeys = arbitraryCases.map((one): DecisionCase => {
  const { asks, ...request } = one.request;
  return asks === undefined ? one : { ...one, request };
});

describe('for every caller, policies and grants', () => {
  it.each([
    ['nothing of the request is known', false],
    ['the caller’s values are known', true],
  ])('what whoCan answers holds for every request, where %s', (_, isKnown) => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(onKeys, fc.array(asked, { minLength: 8, maxLength: 8 }), (one, requests) => {
        const access = accessOf(one, isKnown ? knownOf(one) : undefined);
        expect(access).toBeDefined();
        const answer = access?.answer ?? '';
        seen.set(answer, (seen.get(answer) ?? 0) + 1);
        for (const { request, values } of requests) {
          const sampled = { ...one, request: { ...request, operation: one.request.operation } };
          const effect = decidePurely(values ? { ...sampled, values } : sampled)[0]?.decision.effect;
          if (answer === 'allowed') expect(effect).toBe('Allow');
          if (answer === 'denied') expect(effect).not.toBe('Allow');
        }
        expect(access?.conditions.length === 0).toBe(answer !== 'allowed under conditions');
      }),
      { numRuns: 500 },
    );
    expect([...seen.keys()].sort()).toEqual(['allowed', 'allowed under conditions', 'denied']);
    expect(Math.min(...seen.values())).toBeGreaterThan(5);
  });

  it('without conditions, variables and constraints, whoCan and decide say the same', () => {
    fc.assert(
      fc.property(onKeys, (one) => {
        const plain = JSON.parse(JSON.stringify(one), (key, value: unknown) =>
          key === 'Condition' || key === 'equals' || key === 'subset'
            ? undefined
            : typeof value === 'string' && value.includes('${')
              ? '*'
              : value,
        ) as DecisionCase;
        const { request, caller, resource, grants } = first(plain);
        const isAllowed = decide(request, caller, resource, grants).effect === 'Allow';
        expect(accessOf(plain, undefined)?.answer).toBe(isAllowed ? 'allowed' : 'denied');
      }),
      { numRuns: 500 },
    );
  });
});
