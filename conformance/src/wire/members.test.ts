import { startTestService, type TestService } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send } from './raw-http.ts';
import { sign, toBytesOf } from './signed-request.ts';

let service: TestService;
let keyId: string;

type Reply = Readonly<Record<string, unknown>>;

/** Signs and sends a body as it stands: an object, or JSON text or bytes that no serialiser would write. */
async function call(operation: string, body: unknown): Promise<Reply> {
  const reply = await send(service.url, toBytesOf(await sign(service.url, { operation, body })));
  return { status: reply.status, ...(JSON.parse(reply.body) as Reply) };
}

beforeAll(async () => {
  service = await startTestService();
  const { KeyMetadata } = await call('CreateKey', {});
  keyId = (KeyMetadata as { KeyId: string }).KeyId;
});

afterAll(() => service.close());

const plain = { Plaintext: 'YQ==' };
const bare = { status: 400, __type: 'SerializationException' };

describe('a member', () => {
  it('that is unknown is ignored, whatever it holds', async () => {
    const more = { Unknown: { deep: [{ er: null }] }, keyId: 'alias/absent', KEYID: 5, '': '' };
    expect(await call('Encrypt', { KeyId: keyId, ...plain, ...more })).toMatchObject({ status: 200 });
  });

  it('in lower case is unknown', async () => {
    expect(await call('DescribeKey', { keyId })).toMatchObject({ __type: 'ValidationException' });
  });

  it('that is null is absent', async () => {
    const nulls = { EncryptionContext: null, GrantTokens: null, EncryptionAlgorithm: null, DryRun: null };
    expect(await call('Encrypt', { KeyId: keyId, ...plain, ...nulls })).toMatchObject({ status: 200 });
    expect(await call('Encrypt', { KeyId: keyId, Plaintext: null })).toEqual({
      status: 400,
      __type: 'ValidationException',
      message:
        "1 validation error detected: Value null at 'plaintext' failed to satisfy constraint: Member must not be null",
    });
  });

  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
    'named %s is unknown like any other and gives nothing to inherit',
    async (name) => {
      const inherited = `{"${name}":{"KeyId":"${keyId}","Plaintext":"YQ=="}}`;
      expect(await call('Encrypt', inherited)).toMatchObject({
        __type: 'ValidationException',
        message: expect.stringMatching(/^2 validation errors detected: /) as string,
      });
      expect(
        await call('Encrypt', `{"KeyId":"${keyId}","Plaintext":"YQ==","${name}":{"DryRun":true}}`),
      ).toMatchObject({
        status: 200,
      });
    },
  );

  it('given twice is refused, however it is spelled and wherever it stands', async () => {
    for (const body of [
      `{"KeyId":"${keyId}","KeyId":"${keyId}","Plaintext":"YQ=="}`,
      `{"KeyId":"${keyId}","Key\\u0049d":"${keyId}","Plaintext":"YQ=="}`,
      `{"KeyId":"${keyId}","Plaintext":"YQ==","EncryptionContext":{"a":"1","a":"2"}}`,
      `{"KeyId":"${keyId}","Plaintext":"YQ==","EncryptionContext":{"__proto__":"1","__proto__":"1"}}`,
      `{"KeyId":"${keyId}","Plaintext":"YQ==","Unknown":{"a":1,"a":1}}`,
    ]) {
      expect(await call('Encrypt', body)).toEqual(bare);
    }
  });
});

describe('the text of a body is refused', () => {
  it('with a byte order mark', async () => {
    expect(await call('ListKeys', '\u{FEFF}{}')).toEqual(bare);
  });

  it('in UTF-16', async () => {
    expect(await call('ListKeys', Buffer.from('{}', 'utf16le'))).toEqual(bare);
  });

  it.each([
    ['a byte of Latin-1', [0xe9]],
    ['an overlong form', [0xc0, 0xaf]],
    ['half a surrogate pair as bytes', [0xed, 0xa0, 0x80]],
    ['a code point above U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['a sequence cut short', [0xe2, 0x82]],
  ])('with %s', async (_what, bytes) => {
    const body = Buffer.concat([Buffer.from('{"Marker":"'), Buffer.from(bytes), Buffer.from('"}')]);
    expect(await call('ListKeys', body)).toEqual(bare);
  });

  it.each(['\\ud800', '\\udc00', '\\udc00\\ud800', 'a\\ud83d', '\\ud83d\\u0041'])(
    'with the lone surrogate %s in a context value, a context key and an unknown member',
    async (escape) => {
      for (const members of [
        `"EncryptionContext":{"a":"${escape}"}`,
        `"EncryptionContext":{"${escape}":"a"}`,
        `"Unknown":"${escape}"`,
      ]) {
        expect(await call('Encrypt', `{"KeyId":"${keyId}","Plaintext":"YQ==",${members}}`)).toEqual(bare);
      }
    },
  );

  it('with more levels than any input has, without harm', async () => {
    for (const depth of [33, 1000, 80_000]) {
      expect(await call('ListKeys', `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`)).toEqual(bare);
      expect(await call('ListKeys', `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`)).toEqual(bare);
    }
  });
});

describe('context keys that objects have anyway', () => {
  it.each(['__proto__', 'constructor', 'toString'])('count: %s', async (name) => {
    const encrypt = `{"KeyId":"${keyId}","Plaintext":"YQ==","EncryptionContext":{"${name}":"a"}}`;
    const { CiphertextBlob } = await call('Encrypt', encrypt);
    const open = (context: string) =>
      call('Decrypt', `{"CiphertextBlob":"${String(CiphertextBlob)}","EncryptionContext":${context}}`);
    expect(await open(`{"${name}":"a"}`)).toMatchObject({ status: 200, Plaintext: 'YQ==' });
    for (const context of ['{}', 'null', `{"${name}":"b"}`]) {
      expect(await open(context)).toEqual({ status: 400, __type: 'InvalidCiphertextException' });
    }
    expect(service.journal().findLast((record) => record['eventName'] === 'Encrypt')).toMatchObject({
      requestParameters: { EncryptionContext: JSON.parse(`{"${name}":"a"}`) as unknown },
    });
  });
});

describe('a value of the wrong type is refused with SerializationException:', () => {
  const wrong = (Message: string) => ({ ...bare, Message });

  it.each([
    ['5', 'NUMBER_VALUE can not be converted to a String'],
    ['true', 'TRUE_VALUE can not be converted to a String'],
    ['false', 'FALSE_VALUE can not be converted to a String'],
    ['["a"]', 'Start of list found where not expected'],
    ['{"a":1}', 'Start of structure or map found where not expected.'],
  ])('%s for a text', async (value, text) => {
    expect(await call('DescribeKey', `{"KeyId":${value}}`)).toEqual(wrong(text));
  });

  it.each([
    ['"32"', 'class java.lang.String can not be converted to an Integer'],
    ['true', 'class java.lang.Boolean can not be converted to an Integer'],
    ['1.5', 'class java.lang.Double can not be converted to an Integer'],
    ['2147483648', 'class java.lang.Long can not be converted to an Integer'],
    ['-2147483649', 'class java.lang.Long can not be converted to an Integer'],
    ['1e999', 'class java.lang.Double can not be converted to an Integer'],
    ['[1]', 'Start of list found where not expected'],
    ['{}', 'Start of structure or map found where not expected.'],
  ])('%s for a whole number', async (value, text) => {
    expect(await call('GenerateRandom', `{"NumberOfBytes":${value}}`)).toEqual(wrong(text));
  });

  it.each(['"true"', '1', '0', '[]', '{}'])('%s for a flag', async (value) => {
    expect(await call('Encrypt', `{"KeyId":"x","Plaintext":"YQ==","DryRun":${value}}`)).toMatchObject(bare);
  });

  it.each(['"a"', '1', '[]', '[["a","b"]]'])('%s for a context', async (value) => {
    expect(
      await call('Encrypt', `{"KeyId":"x","Plaintext":"YQ==","EncryptionContext":${value}}`),
    ).toMatchObject(bare);
  });

  it.each(['null', '1', 'true', '["a"]', '{"a":"b"}'])(
    '%s for the value of a context pair',
    async (value) => {
      const body = `{"KeyId":"x","Plaintext":"YQ==","EncryptionContext":{"a":${value}}}`;
      expect(await call('Encrypt', body)).toMatchObject(bare);
    },
  );

  it.each(['"a"', '1', '{}', '{"0":"a"}'])('%s for a list', async (value) => {
    expect(await call('Encrypt', `{"KeyId":"x","Plaintext":"YQ==","GrantTokens":${value}}`)).toMatchObject(
      bare,
    );
  });

  it.each([
    'YQ',
    'YQ=',
    'Y',
    '=',
    'YQ== ',
    ' YQ==',
    'Y Q==',
    'Y\\nQ==',
    'YR==',
    '_-==',
    'YQ==YQ==',
    'ŁQ==',
    'YQ%3D%3D',
  ])('"%s", which is no Base64, for bytes', async (value) => {
    const reply = await call('Encrypt', `{"KeyId":"x","Plaintext":"${value}"}`);
    expect(reply).toMatchObject(bare);
    expect(JSON.stringify(reply)).not.toContain('YQ');
  });

  it.each(['5', 'true', '[97]', '{"0":97}'])('%s for bytes', async (value) => {
    expect(await call('Encrypt', `{"KeyId":"x","Plaintext":${value}}`)).toMatchObject(bare);
  });
});

describe('numbers', () => {
  it.each([
    ['1.0', 1],
    ['1e1', 10],
    ['64', 64],
  ])('may be spelled %s', async (spelled, bytes) => {
    const { Plaintext } = await call('GenerateRandom', `{"NumberOfBytes":${spelled}}`);
    expect(Buffer.from(String(Plaintext), 'base64')).toHaveLength(bytes);
  });

  it.each([
    ['0', 'greater than or equal to 1'],
    ['-0', 'greater than or equal to 1'],
    ['-5', 'greater than or equal to 1'],
    ['2147483647', 'less than or equal to 1024'],
  ])('out of range are refused: %s', async (spelled, bound) => {
    const { __type, message } = await call('GenerateRandom', `{"NumberOfBytes":${spelled}}`);
    expect(__type).toBe('ValidationException');
    expect(message).toBe(
      `1 validation error detected: Value '${Number(spelled) || 0}' at 'numberOfBytes' failed to satisfy constraint: Member must have value ${bound}`,
    );
  });
});

describe('broken constraints', () => {
  async function errorsOf(
    operation: string,
    body: unknown,
  ): Promise<{ count: string; errors: ReadonlySet<string> }> {
    const { status, __type, message } = await call(operation, body);
    expect([status, __type]).toEqual([400, 'ValidationException']);
    const [, count = '', list = ''] =
      /^(\d+ validation errors?) detected: (.*)$/s.exec(String(message)) ?? [];
    return { count, errors: new Set(list.split(/; (?=Value)/)) };
  }

  it('are all reported, in whatever order', async () => {
    const body = { KeyId: '', Plaintext: '', EncryptionAlgorithm: 'NONE', GrantTokens: ['', 't'] };
    const { count, errors } = await errorsOf('Encrypt', body);
    expect(count).toBe('4 validation errors');
    expect(new Set([...errors].map((error) => error.replace(/\[SYMM.*\]$/, '[...]')))).toEqual(
      new Set([
        "Value '' at 'keyId' failed to satisfy constraint: Member must have length greater than or equal to 1",
        "Value at 'plaintext' failed to satisfy constraint: Member must have length greater than or equal to 1",
        "Value 'NONE' at 'encryptionAlgorithm' failed to satisfy constraint: Member must satisfy enum value set: [...]",
        "Value '' at 'grantTokens.1.member' failed to satisfy constraint: Member must have length greater than or equal to 1",
      ]),
    );
  });

  it('of length and pattern are two errors', async () => {
    const { count, errors } = await errorsOf('CreateAlias', {
      AliasName: '!'.repeat(257),
      TargetKeyId: keyId,
    });
    expect(count).toBe('2 validation errors');
    expect(
      [...errors].every((error) => error.startsWith(`Value '${'!'.repeat(257)}' at 'aliasName' failed`)),
    ).toBe(true);
  });

  it('of required members are one error each', async () => {
    const { errors } = await errorsOf('Encrypt', {});
    expect(errors).toEqual(
      new Set([
        "Value null at 'keyId' failed to satisfy constraint: Member must not be null",
        "Value null at 'plaintext' failed to satisfy constraint: Member must not be null",
      ]),
    );
  });

  it('are reported up to ten', async () => {
    const Tags = Array.from({ length: 30 }, () => ({ TagKey: '', TagValue: 'v' }));
    const { count, errors } = await errorsOf('CreateKey', { Tags });
    expect([count, errors.size]).toEqual(['10 validation errors', 10]);
  });
});
