import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeEncryptionContext } from './encryption-context.ts';

type Pairs = readonly (readonly [string, string])[];

function encode(...pairs: Pairs): string {
  return encodeEncryptionContext(new Map(pairs)).toString('hex');
}

/** The definition, in the plainest words: sort by the bytes of the key, prefix each part with its length. */
function reference(pairs: Pairs): string {
  const parts = pairs
    .map(([key, value]) => [Buffer.from(key), Buffer.from(value)] as const)
    .sort((a, b) => Buffer.compare(a[0], b[0]))
    .flat()
    .map((bytes) => bytes.length.toString(16).padStart(8, '0') + bytes.toString('hex'));
  return parts.join('');
}

const awkward = [
  '',
  'a',
  'A',
  'ab',
  'b',
  '\0',
  '\0\0\0\u0001a',
  '__proto__',
  'constructor',
  'toString',
  'caf\u00e9',
  'cafe\u0301',
  '\u007f',
  '\u0080',
  '\ud7ff',
  '\ue000',
  '\uffff',
  '\ufffd',
  '\u{10000}',
  '\u{10ffff}',
];
const text = fc.oneof(
  fc.constantFrom(...awkward),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.string({ maxLength: 40 }),
);
const context = fc.uniqueArray(fc.tuple(text, text), { selector: ([key]) => key, maxLength: 6 });

describe('the encoding of an encryption context', () => {
  it('is exactly the sorted, length-prefixed pairs', () => {
    expect(encode(['b', 'x'], ['a', ''])).toBe('00000001610000000000000001620000000178');
    fc.assert(
      fc.property(context, (pairs) => encode(...pairs) === reference(pairs)),
      { numRuns: 2000 },
    );
  });

  it('does not depend on the order of insertion', () => {
    const shuffled = context.chain((pairs) =>
      fc.tuple(
        fc.constant(pairs),
        fc.shuffledSubarray(pairs, { minLength: pairs.length, maxLength: pairs.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([pairs, other]) => encode(...pairs) === encode(...other)),
      { numRuns: 2000 },
    );
  });

  it('sorts by UTF-8 bytes where UTF-16 would sort otherwise', () => {
    const encoded = encode(['\u{10000}', ''], ['\uffff', '']);
    expect(encoded.indexOf('efbfbf')).toBeLessThan(encoded.indexOf('f0908080'));
  });

  it('is the same, and empty, for an absent and an empty context', () => {
    expect(encodeEncryptionContext(undefined).length).toBe(0);
    expect(encodeEncryptionContext(new Map()).length).toBe(0);
  });

  it('tells any two different contexts apart', () => {
    const canonical = (pairs: Pairs): string =>
      JSON.stringify([...pairs].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
    fc.assert(
      fc.property(context, context, (a, b) => {
        expect(encode(...a) === encode(...b)).toBe(canonical(a) === canonical(b));
      }),
      { numRuns: 2000 },
    );
  });

  it.each<readonly [string, Pairs, Pairs]>([
    ['the case of a key', [['Key', 'v']], [['key', 'v']]],
    ['the case of a value', [['k', 'Value']], [['k', 'value']]],
    ['an empty value', [['k', '']], [['k', '\0']]],
    ['an empty pair', [['', '']], []],
    ['where key ends and value begins', [['ab', 'c']], [['a', 'bc']]],
    [
      'one pair or two',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
      [['a', 'bcd']],
    ],
    [
      'a value that looks like a length and a pair',
      [['a', 'b\0\0\0\u0001c\0\0\0\u0001d']],
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['key and value swapped', [['a', 'b']], [['b', 'a']]],
    [
      'the values of two keys swapped',
      [
        ['a', '1'],
        ['b', '2'],
      ],
      [
        ['a', '2'],
        ['b', '1'],
      ],
    ],
    ['__proto__ as a key', [['__proto__', 'x']], []],
    ['constructor as a key', [['constructor', 'x']], [['__proto__', 'x']]],
    ['Unicode normalisation of a value', [['k', 'caf\u00e9']], [['k', 'cafe\u0301']]],
    ['Unicode normalisation of a key', [['caf\u00e9', 'v']], [['cafe\u0301', 'v']]],
    ['white space at the end', [['k', 'v']], [['k', 'v ']]],
  ])('tells apart %s', (_, a, b) => {
    expect(encode(...a)).not.toBe(encode(...b));
  });

  it('refuses a lone surrogate, which would share an encoding with U+FFFD', () => {
    for (const lone of ['\ud800', 'a\udc00', '\udc00\ud800']) {
      expect(() => encode([lone, 'v'])).toThrow(TypeError);
      expect(() => encode(['k', lone])).toThrow(TypeError);
    }
  });
});
