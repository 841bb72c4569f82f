import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AwsError, parseJsonBody } from './index.ts';

const parse = (text: string) => parseJsonBody(Buffer.from(text));

function refusal(act: () => unknown): AwsError {
  try {
    act();
  } catch (error) {
    if (error instanceof AwsError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

function expectRefused(body: Buffer | string): void {
  const error = refusal(() => parseJsonBody(Buffer.from(body)));
  expect([error.code, error.text, error.status]).toEqual(['SerializationException', undefined, 400]);
}

/** The same JSON string, with some of its characters written as escapes. */
function escapeSome(text: string, which: readonly boolean[]): string {
  const units = Array.from({ length: text.length }, (_, at) => {
    const unit = text.charCodeAt(at);
    const surrogate = unit >= 0xd800 && unit <= 0xdfff;
    return (which[at % which.length] ?? false) && !surrogate
      ? `\\u${unit.toString(16).padStart(4, '0')}`
      : JSON.stringify(text.charAt(at)).slice(1, -1);
  });
  return `"${units.join('')}"`;
}

const name = fc.string({ unit: 'binary', maxLength: 6 });
const escapes = fc.array(fc.boolean(), { minLength: 1, maxLength: 6 });
const spaced = (text: string) => text.replaceAll(/(?<=[{},:])(?=[{},:"])/g, ' \n');

describe('the body of a request', () => {
  it('is a JSON object', () => {
    expect(parse('{"KeyId":"a","Limit":5,"Tags":[{"TagKey":"k"}]}')).toEqual({
      KeyId: 'a',
      Limit: 5,
      Tags: [{ TagKey: 'k' }],
    });
    expect(parse(' {} ')).toEqual({});
  });

  it('may hold quotes, colons, brackets and backslashes in its strings', () => {
    const value = { 'a":{[': '\\":"\\\\', b: '\\', '\\': { ':': ['"', '::', '{"a":1}'] } };
    expect(parse(JSON.stringify(value))).toEqual(value);
  });

  it('may hold any UTF-8 text, and surrogate pairs written as escapes', () => {
    expect(parse('{"é":"\\ud83d\\ude00","x":"日本😀"}')).toEqual({ é: '😀', x: '日本😀' });
  });

  it('keeps a member called __proto__ as a member', () => {
    const json = parse('{"__proto__":{"KeyId":"x"}}');
    expect(Object.keys(json)).toEqual(['__proto__']);
    expect(json['KeyId']).toBeUndefined();
  });

  it('may be nested a little', () => {
    const text = `{"a":${'['.repeat(31)}${']'.repeat(31)}}`;
    expect(JSON.stringify(parse(text))).toBe(text);
  });

  it('gives what JSON.parse gives for every JSON object', () => {
    const object = fc.dictionary(name, fc.jsonValue({ maxDepth: 4 })).map((value) => JSON.stringify(value));
    fc.assert(
      fc.property(object, (text) => {
        expect(parse(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('is refused when it is empty', () => expectRefused(''));

  it.each([
    '{',
    '{"a":1,}',
    "{'a':1}",
    '{"a":1} x',
    '{"a":\u00a01}',
    '{"a":"\t"}',
    'nonsense',
    '{"a":01}',
    '"',
    '{"\\',
  ])('is refused when it is not JSON: %j', (text) => expectRefused(text));

  it.each(['[]', '"KeyId"', '5', 'true', 'null', '[{"KeyId":"a"}]'])(
    'is refused when it is JSON but not an object: %s',
    (text) => expectRefused(text),
  );

  it('is refused when it begins with a byte order mark', () => expectRefused('\uFEFF{}'));

  it.each([
    ['a lone continuation byte', [0x80]],
    ['an overlong form', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a code point above U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['a cut sequence', [0xe2, 0x82]],
  ])('is refused when its bytes are not UTF-8: %s', (_, bytes) =>
    expectRefused(Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes), Buffer.from('"}')])),
  );

  it.each([
    '{"a":1,"a":1}',
    '{"a":1,"\\u0061":2}',
    '{"b":{"a":1,"a":2}}',
    '{"b":[{"c":[{"a":1,"x":"\\":","a":2}]}]}',
    '{"__proto__":1,"__proto__":2}',
    '{"":1,"":2}',
    '{"/":1,"\\/":2}',
  ])('is refused when a member occurs twice: %s', (text) => expectRefused(text));

  it('is refused when a member occurs twice at any level, however it is spelled', () => {
    const value = fc.json({ maxDepth: 2 });
    const arbitrary = fc.tuple(
      name,
      value,
      value,
      fc.dictionary(name, fc.jsonValue()),
      escapes,
      escapes,
      fc.nat(4),
    );
    fc.assert(
      fc.property(arbitrary, ([twice, first, second, others, someEscapes, otherEscapes, depth]) => {
        const rest = Object.entries(others).map(
          ([key, item]) => `${JSON.stringify(key)}:${JSON.stringify(item)}`,
        );
        const pairs = [
          `${escapeSome(twice, someEscapes)}:${first}`,
          ...rest,
          `${escapeSome(twice, otherEscapes)}:${second}`,
        ];
        const inner = `{${pairs.join(',')}}`;
        expectRefused(`{"outer":${'['.repeat(depth)}${inner}${']'.repeat(depth)}}`);
        expectRefused(inner);
        expectRefused(spaced(`{"x":[${inner}]}`));
      }),
    );
  });

  it.each([
    '{"a":"\\ud800"}',
    '{"a":"\\udc00\\ud800"}',
    '{"\\udfff":1}',
    '{"a":[{"b":"x\\uD83D"}]}',
    '{"a":"\\ud83d\\\\ude00"}',
  ])('is refused when a string holds half of a surrogate pair: %s', (text) => expectRefused(text));

  it('is refused when it is nested deeper than any request', () => {
    expectRefused(`{"a":${'['.repeat(32)}${']'.repeat(32)}}`);
    expectRefused(`${'{"a":'.repeat(33)}1${'}'.repeat(33)}`);
  });

  it.each(['[', '{"a":', '{"a":[', '"', '\\"', '\\', ':', ']', '}'])(
    'is refused without exhausting the stack when it is 1 MiB of %j',
    (text) => expectRefused(text.repeat(2 ** 20 / text.length)),
  );

  it('is refused with an AwsError or accepted, whatever its bytes are', () => {
    const token = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ':',
      ',',
      '"',
      '\\',
      '\\u0061',
      '\\ud800',
      'a',
      '1',
      'null',
      ' ',
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 64 }).map((array) => Buffer.from(array)),
      fc.array(token, { maxLength: 24 }).map((tokens) => Buffer.from(tokens.join(''))),
      fc.json().map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(bytes, (body) => {
        try {
          expect(typeof parseJsonBody(body)).toBe('object');
        } catch (error) {
          expect(error).toBeInstanceOf(AwsError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
