import { Secret } from '@keyhaven/crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseActBody } from './secret-members.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** The body as the acts see it, without its secrets, and what those hold. */
function read(text: string): unknown {
  const body = parseActBody(Buffer.from(text));
  return {
    shown: withoutSecrets(body?.value),
    secrets: body?.secrets.map((secret) => secret.use((bytes) => bytes.toString())),
  };
}

function withoutSecrets(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const members = Object.entries(value).filter(([, member]) => !(member instanceof Secret));
  return Object.fromEntries(members.map(([name, member]) => [name, withoutSecrets(member)]));
}

describe("The body of an administrator's act", () => {
  it.each([
    ['alone', `{"passphrase":"${base64('correct horse')}"}`, {}],
    ['with spaces around', `{ "passphrase" :\n "${base64('correct horse')}" }`, {}],
    [
      'below',
      `{"seal":{"kind":"passphrase","passphrase":"${base64('correct horse')}"}}`,
      { seal: { kind: 'passphrase' } },
    ],
    ['beside others', `{"a":"\\"","share":"${base64('correct horse')}","b":[1]}`, { a: '"', b: [1] }],
  ])('has a Secret in the place of its text: %s', (_where, text, shown) => {
    expect(read(text)).toEqual({ shown, secrets: ['correct horse'] });
  });

  it('keeps several secrets apart', () => {
    const shares = Array.from({ length: 12 }, (_, at) => ({ share: base64(`share ${at}`) }));
    const body = parseActBody(Buffer.from(JSON.stringify({ shares })));
    const found = (body?.value as { shares: { share: Secret }[] }).shares.map(({ share }) =>
      share.use((bytes) => bytes.toString()),
    );
    expect(found).toEqual(Array.from({ length: 12 }, (_, at) => `share ${at}`));
  });

  it.each([
    ['a text that is no Base64', '{"passphrase":"correct horse"}'],
    ['a number as text', '{"passphrase":"0"}'],
    ['an empty text', '{"share":""}'],
    ['an escaped text', '{"passphrase":"Zm\\u0039v"}'],
    ['a number', '{"share":0}'],
    ['null', '{"share":null}'],
  ])('has no Secret where there was %s, and the text is gone', (_what, text) => {
    const body = parseActBody(Buffer.from(text));
    expect(body?.secrets).toEqual([]);
    const [value] = Object.values(body?.value ?? {}) as unknown[];
    expect(value).not.toBeInstanceOf(Secret);
    if (typeof value === 'string') expect(value.trim()).toBe('');
  });

  it.each([
    '',
    '{',
    '"x"',
    '12',
    'null',
    '{"share":"',
    `{"share":"${base64('half')}"`,
    '{"share" "Zm9v"}',
    '\\',
    '"\\',
  ])('is refused where it is no JSON object: %s', (text) => {
    expect(parseActBody(Buffer.from(text))).toBeUndefined();
  });

  it('is zeroised whatever it holds', () => {
    for (const text of [`{"share":"${base64('x')}"}`, '{"a":1}', '{', '"share":']) {
      const bytes = Buffer.from(text);
      parseActBody(bytes);
      expect(bytes.every((byte) => byte === 0)).toBe(true);
    }
  });

  it('is otherwise what JSON says it is', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const value: unknown = JSON.parse(text);
        const body = parseActBody(Buffer.from(text));
        expect(body?.value).toEqual(typeof value === 'object' && value !== null ? value : undefined);
      }),
    );
  });

  it('takes a name for a name only where a value follows it', () => {
    expect(read(`{"a":"share","b":"${base64('no secret')}"}`)).toEqual({
      shown: { a: 'share', b: base64('no secret') },
      secrets: [],
    });
    expect(read(`["passphrase","${base64('no secret')}"]`)).toEqual({
      shown: ['passphrase', base64('no secret')],
      secrets: [],
    });
  });
});
