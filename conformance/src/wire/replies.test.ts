import { startTestService, type TestService } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RawReply, send } from './raw-http.ts';
import { type RequestOptions, sign, toBytesOf } from './signed-request.ts';

let service: TestService;
let keyId: string;

const uuidV4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const plainTarget = { method: 'POST', target: '/' } as const;

async function call(operation: string, body: unknown = {}, more: RequestOptions = {}): Promise<RawReply> {
  return send(service.url, toBytesOf(await sign(service.url, { operation, body, ...more })));
}

beforeAll(async () => {
  service = await startTestService();
  const reply = await call('CreateKey');
  ({ KeyId: keyId } = (JSON.parse(reply.body) as { KeyMetadata: { KeyId: string } }).KeyMetadata);
});

afterAll(() => service.close());

describe('every reply', () => {
  const kinds: readonly (readonly [string, () => Promise<RawReply>])[] = [
    ['a success', () => call('ListKeys')],
    ['an empty success', () => call('EnableKey', { KeyId: keyId })],
    ['a refusal by the service', () => call('DescribeKey', { KeyId: 'alias/absent' })],
    ['a refusal by the protocol', () => call('ListKeys', 'not JSON')],
    ['a refusal of the signature', () => call('ListKeys', {}, { secretAccessKey: 'wrong' })],
    [
      'a refusal of the path',
      () =>
        send(
          service.url,
          toBytesOf({
            ...plainTarget,
            target: '/x',
            headers: [['host', 'localhost']],
            body: Buffer.alloc(0),
          }),
        ),
    ],
    ['a refusal of the method', () => send(service.url, 'GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')],
  ];

  it.each(kinds)(
    'has a request id of its own, a UUID of version 4, and tells caches to keep nothing: %s',
    async (_kind, make) => {
      const replies = await Promise.all([make(), make(), make()]);
      const ids = replies.map(({ headers }) => headers.get('x-amzn-requestid') ?? '');
      for (const id of ids) expect(id).toMatch(uuidV4);
      expect(new Set(ids).size).toBe(3);
      for (const { headers } of replies) {
        expect(headers.get('cache-control')).toBe('no-cache, no-store, must-revalidate, private');
        expect(headers.get('expires')).toBe('0');
        expect(headers.get('pragma')).toBe('no-cache');
        expect(Number(headers.get('content-length'))).toBeGreaterThanOrEqual(0);
        expect(headers.has('x-powered-by')).toBe(false);
        expect(headers.has('server')).toBe(false);
        expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
      }
    },
  );

  it('has the request id that the journal has', async () => {
    const { headers } = await call('DescribeKey', { KeyId: keyId });
    expect(service.journal().at(-1)).toMatchObject({ requestId: headers.get('x-amzn-requestid') });
  });

  it('has the real time as its Date, even when the clock of the service was moved', async () => {
    const secondsOff = async () => {
      const { headers } = await call('ListKeys');
      return Math.abs(Date.parse(headers.get('date') ?? '') - Date.now()) / 1000;
    };
    expect(await secondsOff()).toBeLessThan(30);
    await service.advance(400 * 24 * 60 * 60);
    expect(await secondsOff()).toBeLessThan(30);
    expect((await call('ListKeys')).status).toBe(200);
  });
});

describe('a success', () => {
  it.each([
    ['EnableKey', {}],
    ['UpdateKeyDescription', { Description: '' }],
    ['TagResource', { Tags: [] }],
    ['CreateAlias', { AliasName: 'alias/empty', TargetKeyId: '' }],
  ])('of %s, which has no output, has no body at all', async (operation, members) => {
    const named =
      operation === 'CreateAlias' ? { ...members, TargetKeyId: keyId } : { ...members, KeyId: keyId };
    const { status, headers, body } = await call(operation, named);
    expect([status, headers.get('content-length'), body]).toEqual([200, '0', '']);
    expect(headers.get('content-type')).toBe('application/x-amz-json-1.1');
  });

  it('leaves absent members out and writes times as seconds', async () => {
    const { body } = await call('DescribeKey', { KeyId: keyId });
    expect(body).not.toContain('null');
    const { KeyMetadata } = JSON.parse(body) as { KeyMetadata: Record<string, unknown> };
    expect(KeyMetadata).not.toHaveProperty('DeletionDate');
    expect(KeyMetadata['CreationDate']).toEqual(expect.any(Number));
    expect(Math.abs(Number(KeyMetadata['CreationDate']) - Date.now() / 1000)).toBeLessThan(3600);
  });

  it('has UTF-8 in its body and the length of its bytes', async () => {
    await call('UpdateKeyDescription', { KeyId: keyId, Description: 'Schlüssel \u{1F511} 鍵' });
    const { body, headers } = await call('DescribeKey', { KeyId: keyId });
    expect(body).toContain('Schlüssel \u{1F511} 鍵');
    expect(headers.get('content-length')).toBe(String(Buffer.byteLength(body)));
  });
});

describe('an error', () => {
  it('of the service has its bare type and a message in lower case, with status 400', async () => {
    const { status, headers, body } = await call('DescribeKey', { KeyId: 'nonsense' });
    expect(status).toBe(400);
    expect(headers.get('content-type')).toBe('application/x-amz-json-1.1');
    expect(body).toBe(`{"__type":"NotFoundException","message":"Invalid keyId 'nonsense'"}`);
  });

  it('of the framework has its message in upper case', async () => {
    const { body } = await call('DescribeKey', { KeyId: 5 });
    expect(body).toBe(
      '{"__type":"SerializationException","Message":"NUMBER_VALUE can not be converted to a String"}',
    );
  });

  it('without a text has no message member', async () => {
    const { status, body } = await call('Decrypt', { CiphertextBlob: 'AAAA' });
    expect([status, body]).toEqual([400, '{"__type":"InvalidCiphertextException"}']);
  });
});
