import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grantAllows } from './grant-allows.ts';
import type { Grant } from './grant.ts';
import { mayPassOn, type GrantedRights } from './pass-on.ts';

interface Rights {
  readonly operations?: readonly string[];
  readonly equals?: Record<string, string> | undefined;
  readonly subset?: Record<string, string> | undefined;
  readonly sourceArn?: string | undefined;
}

function rights({
  operations = ['Encrypt', 'CreateGrant'],
  equals,
  subset,
  sourceArn,
}: Rights): GrantedRights {
  return {
    operations: new Set(operations),
    constraints: {
      encryptionContextEquals: equals && new Map(Object.entries(equals)),
      encryptionContextSubset: subset && new Map(Object.entries(subset)),
      sourceArn,
    },
  };
}

function passes(parent: Rights, child: Rights): boolean {
  return mayPassOn(rights(parent), rights(child));
}

describe('mayPassOn', () => {
  it('passes on the operations of a grant with CreateGrant, CreateGrant among them', () => {
    expect(passes({}, { operations: ['Encrypt'] })).toBe(true);
    expect(passes({}, {})).toBe(true);
  });

  it('passes on nothing without CreateGrant', () => {
    expect(passes({ operations: ['Encrypt'] }, { operations: ['Encrypt'] })).toBe(false);
    expect(passes({ operations: ['Encrypt'] }, {})).toBe(false);
  });

  it('does not pass on an operation that the grant does not have', () => {
    expect(passes({}, { operations: ['Encrypt', 'Decrypt'] })).toBe(false);
  });

  it('keeps EncryptionContextEquals as it is', () => {
    const parent = { equals: { a: '1' } };
    expect(passes(parent, { equals: { a: '1' } })).toBe(true);
    expect(passes(parent, { equals: { a: '1', b: '2' } })).toBe(false);
    expect(passes(parent, { subset: { a: '1' } })).toBe(false);
    expect(passes(parent, {})).toBe(false);
  });

  it('keeps the pairs of EncryptionContextSubset, in either constraint', () => {
    const parent = { subset: { a: '1' } };
    expect(passes(parent, { subset: { a: '1' } })).toBe(true);
    expect(passes(parent, { subset: { a: '1', b: '2' } })).toBe(true);
    expect(passes(parent, { equals: { b: '2', a: '1' } })).toBe(true);
    expect(passes(parent, { subset: { b: '2' } })).toBe(false);
    expect(passes(parent, { equals: { a: '2' } })).toBe(false);
    expect(passes(parent, {})).toBe(false);
  });

  it('keeps the source ARN', () => {
    expect(passes({ sourceArn: 'arn:a' }, { sourceArn: 'arn:a' })).toBe(true);
    expect(passes({ sourceArn: 'arn:a' }, { sourceArn: 'arn:b' })).toBe(false);
    expect(passes({ sourceArn: 'arn:a' }, {})).toBe(false);
  });

  it('lets a new grant be stricter than one without constraints', () => {
    expect(passes({}, { equals: { a: '1' }, sourceArn: 'arn:a' })).toBe(true);
  });
});

const pairs = fc.constantFrom(undefined, {}, { a: '1' }, { A: '1' }, { a: '1', b: '2' }, { b: '2', A: '2' });
const sourceArns = fc.constantFrom(undefined, 'arn:a', 'arn:b');
const anyRights: fc.Arbitrary<Rights> = fc.record({
  operations: fc.subarray(['Encrypt', 'DescribeKey']).map((some) => [...some, 'CreateGrant']),
  equals: pairs,
  subset: pairs,
  sourceArn: sourceArns,
});
const anyRequest = fc.record({
  operation: fc.constantFrom('Encrypt', 'DescribeKey'),
  encryptionContext: pairs.map((some) => some && new Map(Object.entries(some))),
  sourceArn: sourceArns,
});

function asGrant(given: Rights): Grant {
  return { grantId: 'g', grantee: 'principal', ...rights(given) };
}

describe('for every grant that may be passed on', () => {
  it('what the new grant allows, the first allows too', () => {
    let allowed = 0;
    fc.assert(
      fc.property(anyRights, anyRights, anyRequest, (parent, child, request) => {
        if (!mayPassOn(rights(parent), rights(child)) || !grantAllows(asGrant(child), request)) return;
        allowed += 1;
        expect(grantAllows(asGrant(parent), request)).toBe(true);
      }),
      { numRuns: 20_000 },
    );
    expect(allowed).toBeGreaterThan(20);
  });

  it('a grant with CreateGrant may pass on itself', () => {
    fc.assert(
      fc.property(anyRights, ({ equals, subset, ...rest }) => {
        const one = { ...rest, operations: ['CreateGrant', 'Encrypt'] };
        expect(passes({ ...one, equals }, { ...one, equals })).toBe(true);
        expect(passes({ ...one, subset }, { ...one, subset })).toBe(true);
      }),
    );
  });
});
