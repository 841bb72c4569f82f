import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGlob, hasWildcard, matchesGlob } from './glob.ts';

/** The definition, slow and plain. */
function matchesSlowly(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  const rest = pattern.slice(1);
  if (pattern.startsWith('*')) {
    return Array.from({ length: text.length + 1 }, (_, i) => i).some((i) =>
      matchesSlowly(rest, text.slice(i)),
    );
  }
  const first = text.slice(0, 1);
  return (
    first !== '' &&
    (pattern.startsWith('?') || pattern.startsWith(first)) &&
    matchesSlowly(rest, text.slice(1))
  );
}

function matches(pattern: string, text: string): boolean {
  return matchesGlob(compileGlob(pattern), text);
}

describe('matchesGlob', () => {
  it('agrees with the definition of * and ?', () => {
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', ':', '*', '?'), maxLength: 9 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ':'), maxLength: 9 });
    fc.assert(
      fc.property(pattern, text, (p, t) => {
        expect(matches(p, t)).toBe(matchesSlowly(p, t));
      }),
      { numRuns: 5000 },
    );
  });

  it('agrees with the definition when the text comes from the pattern', () => {
    const piece = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 3 });
    fc.assert(
      fc.property(fc.array(fc.tuple(piece, piece), { maxLength: 4 }), (pairs) => {
        const pattern = pairs.map(([literal]) => literal).join('*') + '*';
        expect(matches(pattern, pairs.map(([literal, filler]) => literal + filler).join(''))).toBe(true);
      }),
    );
  });

  it.each([
    ['kms:*', 'kms:Encrypt'],
    ['*', ''],
    ['a**b', 'ab'],
    ['*abc', 'ababc'],
    ['?*', 'x'],
  ])('matches %j with %j', (pattern, text) => {
    expect(matches(pattern, text)).toBe(true);
  });

  it.each([
    ['kms:*', 'kms'],
    ['kms:*', 'KMS:Encrypt'],
    ['kms:Encrypt', 'kms:EncryptX'],
    ['a?', 'a'],
    ['a*b', 'abc'],
    ['', 'a'],
    ['kms.*', 'kms:a'],
    ['[a-z]*', 'a'],
  ])('does not match %j with %j', (pattern, text) => {
    expect(matches(pattern, text)).toBe(false);
  });

  it('ends on a pattern that makes backtracking matchers explode', () => {
    expect(matches('*a'.repeat(16_000), 'a'.repeat(2_000))).toBe(false);
    expect(matches('*a'.repeat(400) + '*b', 'a'.repeat(2_000))).toBe(false);
  });

  it('knows which patterns have wildcards', () => {
    expect(['a*', '?', 'a', ''].map(hasWildcard)).toEqual([true, true, false, false]);
  });
});
