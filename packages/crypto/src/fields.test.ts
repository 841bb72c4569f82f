import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFields, type Field } from './fields.ts';

function encode(...fields: readonly Field[]): string {
  return encodeFields(fields).toString('hex');
}

/** Reads the encoding back: what can be read back cannot stand for two values. */
function decode(encoded: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const take = (length: number): Buffer => {
    expect(at + length).toBeLessThanOrEqual(encoded.length);
    at += length;
    return encoded.subarray(at - length, at);
  };
  const takeSized = (): Buffer => take(take(4).readUInt32BE());
  while (at < encoded.length) {
    const tag = take(1).readUInt8();
    if (tag === 0) fields.push(null);
    else if (tag === 1) fields.push(takeSized().toString());
    else if (tag === 2) fields.push(take(8).readDoubleBE());
    else if (tag === 3) fields.push(BigInt(takeSized().toString()));
    else fields.push(Buffer.from(takeSized()));
  }
  return fields;
}

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ maxLength: 30 }),
  fc.constantFrom(
    '',
    '\0',
    '1',
    'caf\u00e9',
    'cafe\u0301',
    '\ufffd',
    '\u{10000}',
    'a'.repeat(24),
    '\u00e9'.repeat(24),
  ),
);
const field = fc.oneof(
  text,
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.bigInt(),
  fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
  fc.constant(null),
);

describe('encodeFields', () => {
  it('can be read back, so that no two lists of fields share an encoding', () => {
    fc.assert(
      fc.property(fc.array(field, { maxLength: 8 }), (fields) => {
        expect(decode(encodeFields(fields))).toEqual(fields);
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps its format', () => {
    expect(encode('a', 1, -2n, Buffer.of(9), null)).toBe(
      '010000000161' + '023ff0000000000000' + '03000000022d32' + '040000000109' + '00',
    );
  });

  it.each<readonly [string, readonly Field[], readonly Field[]]>([
    ['the type of one', [1], ['1']],
    ['a number and a bigint', [1], [1n]],
    ['a string and its bytes', ['a'], [Buffer.from('a')]],
    ['null and the empty string', [null], ['']],
    ['null and nothing', [null], []],
    ['the empty string and empty bytes', [''], [Buffer.alloc(0)]],
    ['where one field ends', ['ab', 'c'], ['a', 'bc']],
    ['one field or two', ['a', 'b'], ['ab']],
    ['the order of fields', ['a', 'b'], ['b', 'a']],
    ['a string that looks like an encoding', ['a\u0001\0\0\0\u0001b'], ['a', 'b']],
    ['Unicode normalisation', ['caf\u00e9'], ['cafe\u0301']],
  ])('tells apart %s', (_, a, b) => {
    expect(encode(...a)).not.toBe(encode(...b));
  });

  it('refuses lone surrogates, short and long, with a TypeError', () => {
    expect(() => encode('\ud800')).toThrow(TypeError);
    expect(() => encode('a'.repeat(100) + '\udc00')).toThrow(TypeError);
  });

  it('refuses numbers that are not finite with a TypeError', () => {
    for (const number of [NaN, Infinity, -Infinity]) expect(() => encode(number)).toThrow(TypeError);
  });
});
