import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as model from './index.ts';
import { AwsError, decodeInput, parseJsonBody, required } from './index.ts';

const members = {
  KeyId: required(model.keyId),
  Plaintext: required(model.plaintext),
  EncryptionContext: model.encryptionContext,
  GrantTokens: model.grantTokens,
  EncryptionAlgorithm: model.encryptionAlgorithm,
  Limit: model.limit,
  DryRun: model.flag(),
  ValidTo: model.timestamp(),
  Tags: model.tags,
  Recipient: model.recipient,
};

const decode = (text: string) => decodeInput(members, parseJsonBody(Buffer.from(text)));

function refusedText(text: string): string | undefined {
  try {
    decode(text);
  } catch (error) {
    if (error instanceof AwsError && error.code === 'SerializationException') return error.text;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('decoding an input', () => {
  it('gives blobs as bytes, maps as Maps, moments as epoch milliseconds and nested members as objects', () => {
    const input = decode(
      '{"KeyId":"k","Plaintext":"aGk=","EncryptionContext":{"a":"b"},"GrantTokens":["t"],"Limit":5,"DryRun":true,' +
        '"ValidTo":1521097200.123,"Tags":[{"TagKey":"x","TagValue":""}],"Recipient":{"AttestationDocument":"AA=="}}',
    );
    expect(input).toEqual({
      KeyId: 'k',
      Plaintext: Buffer.from('hi'),
      EncryptionContext: new Map([['a', 'b']]),
      GrantTokens: ['t'],
      EncryptionAlgorithm: undefined,
      Limit: 5,
      DryRun: true,
      ValidTo: 1521097200123,
      Tags: [{ TagKey: 'x', TagValue: '' }],
      Recipient: { KeyEncryptionAlgorithm: undefined, AttestationDocument: Buffer.alloc(1) },
    });
  });

  it('gives every declared member in declared order, present or not', () => {
    expect(Object.keys(decode('{"Limit":1,"KeyId":"k"}'))).toEqual(Object.keys(members));
    expect(Object.keys(decode('{}'))).toEqual(Object.keys(members));
  });

  it('takes null for absent, except where a value has to be', () => {
    expect(decode('{"KeyId":null,"Tags":null,"Recipient":{"AttestationDocument":null}}')).toEqual({
      ...decode('{}'),
      Recipient: { KeyEncryptionAlgorithm: undefined, AttestationDocument: undefined },
    });
  });

  it('ignores unknown members, also those that differ in case', () => {
    expect(decode('{"keyId":"a","Unknown":[[{}]]}')).toEqual(decode('{}'));
  });

  it('keeps __proto__ and constructor as keys of an encryption context', () => {
    const { EncryptionContext } = decode('{"EncryptionContext":{"__proto__":"a","constructor":"b"}}');
    expect([...(EncryptionContext ?? [])]).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
  });

  it('does not take inherited members for members of the request', () => {
    const inherited = decodeInput(
      { toString: model.string(), constructor: model.string() },
      parseJsonBody(Buffer.from('{}')),
    );
    expect(Object.entries(inherited)).toEqual([
      ['toString', undefined],
      ['constructor', undefined],
    ]);
    expect(decode('{"__proto__":{"KeyId":"x"}}')).toEqual(decode('{}'));
  });

  it('takes 1.0 and 1e1 for whole numbers', () => {
    expect([decode('{"Limit":1.0}').Limit, decode('{"Limit":1e1}').Limit]).toEqual([1, 10]);
  });

  it.each([
    ['{"KeyId":5}', 'NUMBER_VALUE can not be converted to a String'],
    ['{"KeyId":true}', 'TRUE_VALUE can not be converted to a String'],
    ['{"KeyId":false}', 'FALSE_VALUE can not be converted to a String'],
    ['{"KeyId":["a"]}', 'Start of list found where not expected'],
    ['{"KeyId":{}}', 'Start of structure or map found where not expected.'],
    ['{"EncryptionAlgorithm":1}', 'NUMBER_VALUE can not be converted to a String'],
    ['{"Plaintext":1}', 'NUMBER_VALUE can not be converted to a Blob'],
    ['{"Limit":"5"}', 'class java.lang.String can not be converted to an Integer'],
    ['{"Limit":true}', 'class java.lang.Boolean can not be converted to an Integer'],
    ['{"Limit":1.5}', 'class java.lang.Double can not be converted to an Integer'],
    ['{"Limit":2147483648}', 'class java.lang.Long can not be converted to an Integer'],
    ['{"Limit":-2147483649}', 'class java.lang.Long can not be converted to an Integer'],
    ['{"Limit":1e999}', 'class java.lang.Double can not be converted to an Integer'],
    ['{"Limit":[]}', 'Start of list found where not expected'],
    ['{"DryRun":"true"}', 'class java.lang.String can not be converted to a Boolean'],
    ['{"DryRun":1}', 'class java.lang.Integer can not be converted to a Boolean'],
    ['{"ValidTo":"2026-01-01"}', 'class java.lang.String can not be converted to a Date'],
    ['{"ValidTo":1e999}', 'class java.lang.Double can not be converted to a Date'],
    ['{"ValidTo":1e300}', 'class java.lang.Long can not be converted to a Date'],
    ['{"ValidTo":8640000000001}', 'class java.lang.Long can not be converted to a Date'],
    ['{"ValidTo":-8640000000001}', 'class java.lang.Long can not be converted to a Date'],
    ['{"GrantTokens":"t"}', 'Expected list or null'],
    ['{"GrantTokens":{}}', 'Start of structure or map found where not expected.'],
    ['{"GrantTokens":[1]}', 'NUMBER_VALUE can not be converted to a String'],
    ['{"GrantTokens":[null]}', 'NULL_VALUE can not be converted to a String'],
    ['{"EncryptionContext":"a"}', 'Expected map or null'],
    ['{"EncryptionContext":[]}', 'Start of list found where not expected'],
    ['{"EncryptionContext":{"a":null}}', 'NULL_VALUE can not be converted to a String'],
    ['{"EncryptionContext":{"a":{"b":"c"}}}', 'Start of structure or map found where not expected.'],
    ['{"Recipient":5}', 'Expected null'],
    ['{"Recipient":[]}', 'Start of list found where not expected'],
    ['{"Tags":[null]}', 'Expected null'],
    ['{"Tags":[{"TagKey":1}]}', 'NUMBER_VALUE can not be converted to a String'],
  ])('refuses a member of the wrong type: %s', (text, expected) => {
    expect(refusedText(text)).toBe(expected);
  });

  it.each([
    'A',
    'AA',
    'AA=',
    'AAA',
    'AAAAA',
    '====',
    '=',
    'A===',
    'AA==AAAA',
    'AA-A',
    'AA_A',
    'AA A',
    'AAA\n',
    ' AAAA',
    'AB==',
    'AAB=',
    'éAAA',
    '\u0141AAA',
    'AAAA\u0141AAA',
    'AA*A',
  ])('refuses a blob that is not standard Base64 with padding: %j', (text) =>
    expect(refusedText(JSON.stringify({ Plaintext: text }))).toBe('Unable to decode Base64'),
  );

  it('accepts a text as a blob exactly when it is how that blob is written', () => {
    const characters = fc.constantFrom(...'A B Q g w E Z a z 0 9 + / = - _ \n \u0141 é'.split(' '), ' ');
    const text = fc.oneof(
      fc.string({ unit: characters, maxLength: 12 }),
      fc.base64String(),
      fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64')),
    );
    fc.assert(
      fc.property(text, (blob) => {
        const canonical = Buffer.from(blob, 'base64').toString('base64') === blob;
        const body = { Plaintext: blob };
        if (canonical) expect(decodeInput(members, body).Plaintext?.toString('base64')).toBe(blob);
        else expect(() => decodeInput(members, body)).toThrow(AwsError);
      }),
      { numRuns: 2000 },
    );
  });

  it('throws AwsError and nothing else, whatever the JSON is', () => {
    const memberNames = fc.constantFrom(...Object.keys(members), '__proto__', 'constructor');
    fc.assert(
      fc.property(fc.dictionary(memberNames, fc.jsonValue({ maxDepth: 3 })), (json) => {
        try {
          model.validateInput(members, decode(JSON.stringify(json)));
        } catch (error) {
          expect(error).toBeInstanceOf(AwsError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
