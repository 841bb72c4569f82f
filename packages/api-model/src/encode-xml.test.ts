import { describe, expect, it } from 'vitest';
import { encodeXml } from './encode-xml.ts';
import { blob, flag, integer, list, string, stringMap, structure, timestamp } from './shape.ts';

const members = {
  Credentials: structure({ AccessKeyId: string(), Expiration: timestamp() }),
  PackedPolicySize: integer(),
  IsTruncated: flag(),
  Users: list(structure({ UserName: string() })),
  Names: list(string()),
  Bytes: blob(),
  Pairs: stringMap(),
};

describe('a reply of AWS Query', () => {
  it('has an element for each member, in declared order, and member for the items of a list', () => {
    const output = {
      Users: [{ UserName: 'alice' }, { UserName: 'bob' }],
      Names: [],
      PackedPolicySize: 6,
      IsTruncated: false,
      Bytes: Buffer.from('x'),
      Pairs: new Map([['a', '1']]),
      Credentials: { AccessKeyId: 'ASIA', Expiration: Date.UTC(2026, 2, 14, 9, 26, 53, 999) },
    };
    expect(encodeXml(members, output)).toBe(
      '<Credentials><AccessKeyId>ASIA</AccessKeyId><Expiration>2026-03-14T09:26:53Z</Expiration></Credentials>' +
        '<PackedPolicySize>6</PackedPolicySize><IsTruncated>false</IsTruncated>' +
        '<Users><member><UserName>alice</UserName></member><member><UserName>bob</UserName></member></Users>' +
        '<Names></Names><Bytes>eA==</Bytes><Pairs><entry><key>a</key><value>1</value></entry></Pairs>',
    );
  });

  it('leaves out what is absent or undefined', () => {
    expect(encodeXml(members, { Credentials: { AccessKeyId: undefined } })).toBe(
      '<Credentials></Credentials>',
    );
    expect(encodeXml(members, {})).toBe('');
  });

  it('escapes what would be markup, and replaces what XML cannot hold', () => {
    expect(encodeXml(members, { Names: ['</member><x a="1">&', '\u0000\uFFFE\u{1F511}'] })).toBe(
      '<Names><member>&lt;/member&gt;&lt;x a=&quot;1&quot;&gt;&amp;</member><member>\uFFFD\uFFFD\u{1F511}</member></Names>',
    );
    expect(encodeXml(members, { Pairs: new Map([['<', '>']]) })).toContain(
      '<key>&lt;</key><value>&gt;</value>',
    );
  });
});
