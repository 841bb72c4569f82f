import { connect } from 'node:net';
import { startTestService, type TestService } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exchange, send } from './raw-http.ts';
import { presign, sign, toBytesOf, type WireRequest, withHeader, withoutHeader } from './signed-request.ts';

let service: TestService;
let good: WireRequest;

beforeAll(async () => {
  service = await startTestService({ allowHosts: ['kms.test'] });
  good = await sign(service.url);
});

afterAll(() => service.close());

const ask = (...parts: readonly (string | Uint8Array)[]) => send(service.url, ...parts);

async function expectAlive(): Promise<void> {
  expect((await ask(toBytesOf(await sign(service.url)))).status).toBe(200);
}

describe('a body', () => {
  const chunked = (request: WireRequest, ...sizes: readonly number[]) => {
    const parts: Buffer[] = [
      toBytesOf({ ...withHeader(request, 'transfer-encoding', 'chunked'), body: Buffer.alloc(0) }),
    ];
    let at = 0;
    for (const size of [...sizes, request.body.length]) {
      const chunk = request.body.subarray(at, at + size);
      at += chunk.length;
      if (chunk.length > 0)
        parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'));
    }
    return [...parts, Buffer.from('0\r\n\r\n')];
  };

  it('may come in chunks', async () => {
    const request = await sign(service.url, { body: { Limit: 10, Unknown: 'x'.repeat(5000) } });
    expect((await ask(...chunked(request, 1, 1, 3, 1000))).status).toBe(200);
  });

  it('may come byte by byte', async () => {
    const bytes = toBytesOf(good);
    expect((await ask(...Array.from(bytes, (byte) => Uint8Array.of(byte)))).status).toBe(200);
  });

  it('is signed whole: chunks cannot leave something out', async () => {
    const request = await sign(service.url, { body: '{"Limit":10}' });
    const parts = chunked(request, 4);
    expect((await ask(...parts.slice(0, 1), 'c\r\n{"Limit":11}\r\n0\r\n\r\n')).status).toBe(400);
  });

  it('may have 512 KiB and is served', async () => {
    const body = `{"Unknown":"${'x'.repeat(512 * 1024 - 14)}"}`;
    expect(Buffer.byteLength(body)).toBe(512 * 1024);
    expect((await ask(toBytesOf(await sign(service.url, { body })))).status).toBe(200);
  });

  it.each([512 * 1024 + 1, 5 * 1024 * 1024])(
    'of %i bytes is refused with 413, and the connection ends',
    async (length) => {
      const request = await sign(service.url, { body: Buffer.alloc(length, 0x20) });
      const { replies, isClosed } = await exchange(service.url, [toBytesOf(request)], null);
      expect(replies.map(({ status }) => status)).toEqual([413]);
      expect(replies[0]?.headers.get('connection')).toBe('close');
      expect(isClosed).toBe(true);
      await expectAlive();
    },
  );

  it('without end is refused with 413 as soon as it is too long', async () => {
    const head = toBytesOf({ ...withHeader(good, 'transfer-encoding', 'chunked'), body: Buffer.alloc(0) });
    const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(0x10000, 0x20), Buffer.from('\r\n')]);
    const { replies } = await exchange(service.url, [head, ...Array.from({ length: 20 }, () => chunk)], null);
    expect(replies.map(({ status }) => status)).toEqual([413]);
    await expectAlive();
  });

  it('that never comes leaves the service as it is', async () => {
    const head = toBytesOf({ ...withHeader(good, 'content-length', '500'), body: Buffer.alloc(0) });
    const { hostname, port } = new URL(service.url);
    const socket = connect(Number(port), hostname);
    await new Promise((resolve) => socket.write(head, resolve));
    await expectAlive();
    socket.destroy();
  });
});

describe('a header section', () => {
  it('may be long', async () => {
    const long = await sign(service.url, { headers: { 'x-long': 'a'.repeat(20_000) } });
    expect((await ask(toBytesOf(long))).status).toBe(200);
  });

  it('of more than 32 KiB is refused with 431, and the connection ends', async () => {
    const { replies, isClosed } = await exchange(
      service.url,
      [toBytesOf(withHeader(good, 'x-long', 'a'.repeat(33_000)))],
      null,
    );
    expect(replies.map(({ status }) => status)).toEqual([431]);
    expect(isClosed).toBe(true);
    await expectAlive();
  });

  it('of very many lines is refused', async () => {
    const lines = Array.from({ length: 5000 }, (_, index) => [`x-${index}`, ''] as const);
    const { replies } = await exchange(
      service.url,
      [toBytesOf({ ...good, headers: [...good.headers, ...lines] })],
      1,
    );
    expect(replies[0]?.status).toBe(431);
    await expectAlive();
  });

  it.each([
    ['a folded line', 'x-folded: a\r\n b\r\n'],
    ['a space before the colon', 'x-name : a\r\n'],
    ['a name with a space', 'x name: a\r\n'],
    ['a line without colon', 'nonsense\r\n'],
    ['an empty name', ': a\r\n'],
    ['a zero byte', 'x-name: a\0b\r\n'],
    ['a bare line feed', 'x-name: a\nx-other: b\r\n'],
    ['a bare carriage return', 'x-name: a\rb\r\n'],
    ['two lengths', 'content-length: 2\r\ncontent-length: 3\r\n'],
    ['a length and chunks', 'content-length: 2\r\ntransfer-encoding: chunked\r\n'],
    ['a length that is no number', 'content-length: 2x\r\n'],
    ['a negative length', 'content-length: -1\r\n'],
    ['a transfer coding that is none', 'transfer-encoding: nonsense\r\n'],
  ])('with %s is refused with 400', async (_what, lines) => {
    const { replies } = await exchange(
      service.url,
      [`POST / HTTP/1.1\r\nhost: localhost\r\n${lines}\r\n{}`],
      1,
    );
    expect(replies[0]?.status).toBe(400);
    await expectAlive();
  });

  it('with Expect: 100-continue is told to go on and then answered', async () => {
    const { replies } = await exchange(
      service.url,
      [toBytesOf(withHeader(good, 'expect', '100-continue'))],
      2,
    );
    expect(replies.map(({ status }) => status)).toEqual([100, 200]);
  });

  it('with another expectation is refused with 417', async () => {
    expect((await ask(toBytesOf(withHeader(good, 'expect', 'miracles')))).status).toBe(417);
  });

  it('that wants another protocol is answered in this one', async () => {
    const headers = [...good.headers, ['connection', 'upgrade'], ['upgrade', 'h2c']] as const;
    expect((await ask(toBytesOf({ ...good, headers }))).status).toBe(200);
  });
});

describe('a connection', () => {
  it('answers what was sent ahead, in its order', async () => {
    const requests = await Promise.all([
      sign(service.url, { operation: 'GenerateRandom', body: { NumberOfBytes: 3 } }),
      sign(service.url, { operation: 'CreateKey' }),
      sign(service.url, { body: 'not JSON' }),
      sign(service.url, { operation: 'GenerateRandom', body: { NumberOfBytes: 6 } }),
      sign(service.url),
    ]);
    const { replies } = await exchange(
      service.url,
      [Buffer.concat(requests.map(toBytesOf))],
      requests.length,
    );
    expect(replies.map(({ status, body }) => [status, body.slice(0, 14)])).toEqual([
      [200, expect.stringMatching(/^\{"Plaintext":/) as string],
      [200, expect.stringMatching(/^\{"KeyMetadata"/) as string],
      [400, expect.stringMatching(/^\{"__type"/) as string],
      [200, expect.stringMatching(/^\{"Plaintext":/) as string],
      [200, expect.stringMatching(/^\{"Keys":/) as string],
    ]);
    const lengths = [replies[0], replies[3]].map(
      (reply) => (JSON.parse(reply?.body ?? '') as { Plaintext: string }).Plaintext.length,
    );
    expect(lengths).toEqual([4, 8]);
  });

  it('of HTTP/1.0 is answered and closed', async () => {
    const bytes = toBytesOf(good).toString('latin1').replace('HTTP/1.1', 'HTTP/1.0');
    const { replies, isClosed } = await exchange(service.url, [bytes], null);
    expect([replies.length, replies[0]?.status, isClosed]).toEqual([1, 200, true]);
  });

  it('closes when the client asks for it', async () => {
    const { replies, isClosed } = await exchange(
      service.url,
      [toBytesOf(withHeader(good, 'connection', 'close'))],
      null,
    );
    expect([replies[0]?.status, isClosed]).toEqual([200, true]);
  });

  it.each([
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    '\r\n\r\n\r\nhello\r\n\r\n',
    '\0'.repeat(100),
  ])('that speaks another protocol is refused with 400: %j', async (bytes) => {
    const { replies, isClosed } = await exchange(service.url, [bytes], null);
    expect([replies.map(({ status }) => status), isClosed]).toEqual([[400], true]);
    await expectAlive();
  });

  it('for a tunnel is closed', async () => {
    const { replies, isClosed } = await exchange(
      service.url,
      ['CONNECT evil.example:443 HTTP/1.1\r\nhost: localhost\r\n\r\n'],
      null,
    );
    expect([replies, isClosed]).toEqual([[], true]);
  });
});

describe('the Host header', () => {
  const withHost = (host: string) =>
    ask(toBytesOf(withHeader({ ...good, headers: good.headers }, 'host', host)));

  it.each([
    '127.0.0.1',
    'localhost',
    'LOCALHOST:80',
    'kms.localhost:4599',
    'kms.eu-west-2.localhost',
    '[::1]:4599',
    'kms.test',
    'KMS.Test:1',
  ])('may be %s: the request goes on to its signature', async (host) => {
    const signed = await sign(service.url, { headers: { host } });
    expect((await ask(toBytesOf(signed))).status).toBe(200);
    expect((await withHost(host)).body).toContain('InvalidSignatureException');
  });

  it.each([
    'evil.example',
    'evil.example:4599',
    'localhost.evil.example',
    'evillocalhost',
    '127.0.0.1.evil.example',
    '127.0.0.1:4599:4599',
    '127.0.0.2',
    '0.0.0.0',
    '2130706433',
    'kms.eu-west-2.amazonaws.com',
    'kms.test.evil.example',
    'evil.kms.test',
    '[::]',
    'localhost@evil.example',
    'localhost/',
    'localhost:',
    '',
  ])('may not be %j: 403 for whatever the request is', async (host) => {
    const { status, body } = await withHost(host);
    expect([status, body]).toEqual([403, 'This Host is not served here. Allow it with --allow-host NAME.\n']);
    const health = await ask(`GET /health HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
    expect(health.status).toBe(403);
    const clock = '{"advanceSeconds":1000}';
    const moved = await ask(
      `POST /_keyhaven/clock HTTP/1.1\r\nhost: ${host}\r\ncontent-length: ${clock.length}\r\n\r\n${clock}`,
    );
    expect(moved.status).toBe(403);
  });

  it('must be there', async () => {
    expect((await ask(toBytesOf(withoutHeader(good, 'host')))).status).toBe(400);
    expect((await ask('POST / HTTP/1.0\r\n\r\n')).status).toBe(403);
  });

  it('that was refused is refused again after one that was served', async () => {
    expect((await withHost('localhost')).status).toBe(400);
    expect((await withHost('evil.example')).status).toBe(403);
    expect((await withHost('localhost')).status).toBe(400);
  });
});

describe('a web page', () => {
  it('is given no permission by a preflight', async () => {
    const { status, headers } = await ask(
      'OPTIONS / HTTP/1.1\r\nhost: localhost\r\norigin: https://evil.example\r\n' +
        'access-control-request-method: POST\r\naccess-control-request-headers: authorization,x-amz-target\r\n\r\n',
    );
    expect(status).toBe(403);
    expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain; application/x-amz-json-1.1',
  ])('reaches no operation of KMS with the content type %s, which needs no preflight', async (type) => {
    const before = service.journal().length;
    const request = await presign(service.url, { operation: 'CreateKey', headers: { 'content-type': type } });
    const { status, headers } = await ask(toBytesOf(withHeader(request, 'origin', 'https://evil.example')));
    expect(status).toBeGreaterThanOrEqual(400);
    expect(headers.has('access-control-allow-origin')).toBe(false);
    expect(service.journal()).toHaveLength(before);
  });
});
