import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, type CanonicalValue } from './canonical-json.ts';

const value: fc.Arbitrary<CanonicalValue> = fc.letrec<{ value: CanonicalValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string({ unit: 'binary' }),
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.array(tie('value')),
    fc.dictionary(fc.string({ unit: 'binary' }), tie('value'), { noNullPrototype: true }),
  ),
})).value;

/** The same value with the members of every object in the reverse order. */
function reversed(given: CanonicalValue): CanonicalValue {
  if (Array.isArray(given)) return given.map((item: CanonicalValue) => reversed(item));
  if (typeof given !== 'object') return given;
  const members = Object.entries(given).map(([name, member]) => [name, member && reversed(member)] as const);
  return Object.fromEntries(members.reverse());
}

describe('Canonical JSON', () => {
  it("gives RFC 8785's text: sorted members, no white space", () => {
    expect(canonicalJson({ b: [1, true, 'x\n'], a: { z: -0, é: '€', Z: '' } })).toBe(
      '{"a":{"Z":"","z":0,"é":"€"},"b":[1,true,"x\\n"]}',
    );
  });

  it('is JSON for the same value, whatever the order of members', () => {
    fc.assert(
      fc.property(value, (given) => {
        const text = canonicalJson(given);
        expect(canonicalJson(reversed(given))).toBe(text);
        expect(canonicalJson(JSON.parse(text) as CanonicalValue)).toBe(text);
      }),
    );
  });

  it('tells a list from its text, a number from its digits, and where a member ends', () => {
    const values: CanonicalValue[] = [
      { a: '1' },
      { a: 1 },
      { a: [1] },
      { a: ['1'] },
      { a: '1', b: '' },
      { a: '1","b":"' },
    ];
    expect(new Set(values.map(canonicalJson)).size).toBe(values.length);
  });

  it('leaves out a member that is undefined', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
  });

  it.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('refuses the number %d', (number) => {
    expect(() => canonicalJson({ number })).toThrow(TypeError);
  });
});
