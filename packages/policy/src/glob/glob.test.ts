import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGlob, compileGlobPattern, countGlobSteps, hasWildcard, matchesGlob } from './glob.ts';

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
    ['*aab*', 'aaab'],
    ['*abaa*', 'abababaa'],
    ['*a?a*', 'abba'.repeat(9) + 'aba'],
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

  it('agrees with the scan for patterns of short pieces, which it searches otherwise', () => {
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 12 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 });
    fc.assert(
      fc.property(pattern, text, (p, t) => {
        if (!p.includes('*')) return;
        const general = { kind: 'general', pattern: { text: p, escaped: undefined } } as const;
        expect(matches(p, t)).toBe(matchesGlob(general, t));
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    ['arn:aws:kms:*:111122223333:key/*', 'pieces'],
    [`*${'a'.repeat(32)}*b`, 'pieces'],
    [`*${'a'.repeat(33)}*b`, 'general'],
    ['*a?*b', 'general'],
    ['a*?', 'general'],
  ])('searches %j by %s, so that what it does for each unit of the text is bounded', (pattern, kind) => {
    expect(compileGlob(pattern).kind).toBe(kind);
  });

  it('knows which patterns have wildcards', () => {
    expect(['a*', '?', 'a', ''].map(hasWildcard)).toEqual([true, true, false, false]);
  });
});

describe('A pattern with escaped wildcards', () => {
  it('takes them as themselves', () => {
    const glob = compileGlobPattern({ text: 'a*?*', escaped: new Set([1]) });
    expect(matchesGlob(glob, 'a*b')).toBe(true);
    expect(matchesGlob(glob, 'abb')).toBe(false);
    expect(matchesGlob(glob, 'a*')).toBe(false);
  });

  it('is a plain text, a prefix or everything as what is left of them says', () => {
    const kindOf = (text: string, ...escaped: number[]) =>
      compileGlobPattern({ text, escaped: new Set(escaped) }).kind;
    expect(kindOf('**', 0, 1)).toBe('literal');
    expect(kindOf('?**', 0)).toBe('prefix');
    expect(kindOf('**')).toBe('any');
    expect(kindOf('*?', 1)).toBe('pieces');
    expect(kindOf('*?')).toBe('general');
  });
});

/** Texts of a and b on which searches that start over are slow. */
const hardTexts = ['a'.repeat(8_000), 'ab'.repeat(4_000), `${'a'.repeat(99)}b`.repeat(80), 'b'.repeat(8_000)];

describe('The steps of a match', () => {
  it.each([
    ['one long piece', `*${'a'.repeat(4_000)}b*`],
    ['one long piece of periods', `*${'ab'.repeat(2_000)}b*`],
    ['one long piece at the end', `*${'a'.repeat(4_000)}`],
    ['many short pieces', '*a'.repeat(16_000)],
    ['many pieces and one that is missing', `${'*a'.repeat(400)}*b`],
    ['many pieces that fit late', `*${'a'.repeat(50)}b`.repeat(60)],
    ['stars alone', '*'.repeat(16_000) + 'b'],
    ['single units between stars', '*?'.repeat(3_000) + 'c'],
    ['single units around a piece', `*${'?'.repeat(1_000)}${'a'.repeat(1_000)}b${'?'.repeat(1_000)}*`],
  ])('are at most four for each unit of pattern and text, for %s', (_, pattern) => {
    for (const text of hardTexts) {
      expect(countGlobSteps(pattern, text)).toBeLessThanOrEqual(4 * (pattern.length + text.length));
    }
  });

  it('are at most as many as the comment says for a piece with gaps', () => {
    const pieces = [`${'a?'.repeat(2_000)}b`, `${'a'.repeat(4_000)}?b`, 'a?c', `b${'?'.repeat(4_000)}b?b`];
    for (const text of [...hardTexts, String.fromCharCode(...Array.from({ length: 8_000 }, (_, i) => i))]) {
      for (const piece of pieces) {
        const bound = Math.ceil(piece.length / 32) * (text.length + 512) + 4 * (piece.length + text.length);
        expect(countGlobSteps(`*${piece}*`, text)).toBeLessThanOrEqual(bound);
      }
    }
  });

  it('are few for a long piece with few gaps', () => {
    const pattern = `*${'a'.repeat(2_000)}?${'a'.repeat(2_000)}?b*`;
    for (const text of hardTexts) {
      expect(countGlobSteps(pattern, text)).toBeLessThanOrEqual(10 * text.length + 8 * pattern.length);
    }
  });

  it('are few where a piece with gaps is longer than the text', () => {
    const pattern = `*${'a?'.repeat(16_000)}*`;
    expect(countGlobSteps(pattern, 'a'.repeat(2_000))).toBeLessThanOrEqual(4 * pattern.length);
  });

  it('are counted: a longer text takes more of them', () => {
    expect(countGlobSteps('*aab*', 'a'.repeat(100))).toBeGreaterThan(100);
  });

  it('keep their bound for arbitrary patterns without gaps', () => {
    const piece = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 40 });
    const pattern = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('*'));
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 300 });
    fc.assert(
      fc.property(pattern, text, (p, t) => {
        expect(countGlobSteps(p, t)).toBeLessThanOrEqual(4 * (p.length + t.length) + 4);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('A piece with gaps', () => {
  it('is found where it is long and has few of them', () => {
    const run = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 100, maxLength: 200 });
    const filler = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 300 });
    fc.assert(
      fc.property(fc.tuple(run, run), filler, filler, fc.nat(600), ([a, b], before, after, at) => {
        const pattern = `*${a}??${b}*`;
        const text = `${before}${a}ba${b}${after}`;
        expect(matches(pattern, text)).toBe(true);
        expect(matches(`*${a}??${a}*`, a.slice(1) + text)).toBe(
          new RegExp(`${a}..${a}`).test(a.slice(1) + text),
        );
        const changed = `${text.slice(0, at)}c${text.slice(at + 1)}`;
        expect(matches(pattern, changed)).toBe(new RegExp(`${a}..${b}`).test(changed));
      }),
      { numRuns: 1000 },
    );
  });

  it('agrees with a regular expression of the same meaning, over many words and bytes', () => {
    const unit = fc.constantFrom('a', 'b', '\u0161', '\u6161', '?');
    const filler = fc.string({ unit: fc.constantFrom('a', 'b', '\u0161', '\u6161'), maxLength: 80 });
    const piece = fc.string({ unit, minLength: 30, maxLength: 70 });
    fc.assert(
      fc.property(piece, filler, filler, fc.boolean(), (p, before, after, isThere) => {
        const text = before + (isThere ? p.replaceAll('?', 'b') : '') + after;
        const expression = new RegExp(`^[^]*${p.replaceAll('?', '[^]')}[^]*$`);
        expect(matches(`*${p}*`, text)).toBe(expression.test(text));
        if (isThere) expect(matches(`*${p}*`, text)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
