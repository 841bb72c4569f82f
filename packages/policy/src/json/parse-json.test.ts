import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PolicySyntaxError } from '../policy-syntax-error.ts';
import { isJsonArray, isJsonObject, JsonNumber, type JsonValue } from './json-value.ts';
import { parseJson } from './parse-json.ts';

/** The plain value that JSON.parse gives, `__proto__` members included. */
function toPlain(value: JsonValue): unknown {
  if (value instanceof JsonNumber) return Number(value.text);
  if (isJsonArray(value)) return value.map(toPlain);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries([...value].map(([name, member]) => [name, toPlain(member)]));
}

function outcomeOf(parse: () => unknown): unknown {
  try {
    return { value: parse() };
  } catch {
    return 'refused';
  }
}

describe('parseJson', () => {
  it('reads every JSON value as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        expect(toPlain(parseJson(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('accepts and refuses the same texts as JSON.parse where no member stands twice', () => {
    const token = fc.constantFrom('{', '}', '[', ']', '"a"', '"\\u00e9"', '"\\x"', ':', ',', '1', '-0', '01', '1.', '.5', '1e5', 'true', 'nul', ' ', '\n', '\u00a0', '"', '\\'); // prettier-ignore
    const texts = fc.oneof(
      fc.array(token, { maxLength: 8 }).map((tokens) => tokens.join('')),
      fc.string(),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const expected = outcomeOf(() => JSON.parse(text));
        fc.pre(!/"a".*"a"/s.test(text));
        expect(outcomeOf(() => toPlain(parseJson(text)))).toEqual(expected);
      }),
      { numRuns: 3000 },
    );
  });

  it('keeps a member called __proto__ as a member', () => {
    const value = parseJson('{"__proto__": {"polluted": true}}');
    expect(isJsonObject(value) && [...value.keys()]).toEqual(['__proto__']);
  });

  it.each([
    ['at the top', '{"a": 1, "b": 2, "a": 1}'],
    ['in a nested object', '{"x": [{"a": 1, "a": 1}]}'],
    ['in two spellings', '{"a": 1, "\\u0061": 1}'],
    ['called __proto__', '{"__proto__": 1, "__proto__": 2}'],
  ])('refuses a member that stands twice %s', (_, text) => {
    expect(() => parseJson(text)).toThrow(new PolicySyntaxError('A member stands twice in one JSON object.'));
  });

  it('accepts sixteen levels of nesting and refuses seventeen', () => {
    expect(() => parseJson('['.repeat(16) + ']'.repeat(16))).not.toThrow();
    expect(() => parseJson('['.repeat(17) + '1' + ']'.repeat(17))).toThrow(
      'The policy is nested too deeply.',
    );
  });

  it('refuses more than 131,072 characters', () => {
    expect(() => parseJson(' '.repeat(131_071) + '1')).not.toThrow();
    expect(() => parseJson(' '.repeat(131_072) + '1')).toThrow('A policy has at most 131,072 characters.');
  });

  it.each([
    '',
    ' ',
    '{',
    '{"a"}',
    '{"a":}',
    '{a:1}',
    "{'a':1}",
    '[1,]',
    '{"a":1,}',
    '1 2',
    '\ufeff{}',
    '"\n"',
    '"\\',
  ])('refuses %j, which is not JSON', (text) => {
    expect(() => parseJson(text)).toThrow(new PolicySyntaxError('The policy is not valid JSON.'));
  });
});
