import { startTestService, type TestService } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RawReply, send } from './raw-http.ts';

let service: TestService;

beforeAll(async () => {
  service = await startTestService();
});

afterAll(() => service.close());

interface Plain {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

function ask({
  method = 'POST',
  path = '/_keyhaven/clock',
  headers = {},
  body = '',
}: Plain): Promise<RawReply> {
  const lines = Object.entries({
    host: 'localhost',
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
  });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return send(service.url, Buffer.from(`${method} ${path} HTTP/1.1\r\n${head}\r\n${body}`));
}

/** The service's time, as it says without moving. */
async function serviceTime(): Promise<number> {
  const { body } = await ask({ body: '{"advanceSeconds":0}' });
  return Date.parse((JSON.parse(body) as { now: string }).now);
}

/** Whether the request left the clock where it was, but for the time that passes anyway. */
async function leavesTheClock(request: Plain): Promise<RawReply> {
  const before = await serviceTime();
  const reply = await ask(request);
  expect((await serviceTime()) - before).toBeLessThan(500_000);
  return reply;
}

const tenMinutesAhead = '{"advanceSeconds":600000}';

describe('/health', () => {
  it('says that the service is alive, without a signature', async () => {
    const { status, headers, body } = await ask({ method: 'GET', path: '/health' });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json');
    expect(JSON.parse(body)).toEqual({
      status: 'ok',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
    });
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('refuses the method %s', async (method) => {
    expect((await ask({ method, path: '/health' })).status).toBe(405);
  });

  it('may be looked at in a browser and not by a web page', async () => {
    const see = (headers: Record<string, string>) => ask({ method: 'GET', path: '/health', headers });
    expect((await see({ 'sec-fetch-site': 'none' })).status).toBe(200);
    expect((await see({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await see({ origin: 'https://evil.example' })).status).toBe(403);
  });
});

describe('/_keyhaven/clock', () => {
  it('moves the service time ahead and answers it', async () => {
    const before = await serviceTime();
    const { status, body } = await ask({ body: '{"advanceSeconds":3600}' });
    expect(status).toBe(200);
    const moved = Date.parse((JSON.parse(body) as { now: string }).now) - before;
    expect(moved).toBeGreaterThanOrEqual(3_600_000);
    expect(moved).toBeLessThan(3_600_000 + 600_000);
  });

  it.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('refuses the method %s', async (method) => {
    expect((await leavesTheClock({ method, body: tenMinutesAhead })).status).toBe(405);
  });

  it.each([
    '',
    '{}',
    'null',
    '[]',
    '600000',
    'advanceSeconds=600000',
    '{"advanceSeconds":-600000}',
    '{"advanceSeconds":600000.5}',
    '{"advanceSeconds":"600000"}',
    '{"advanceSeconds":null}',
    '{"advanceSeconds":1e300}',
    '{"advanceSeconds":316224001}',
    '{"advanceSeconds":600000,"more":1}',
    '{"advanceSeconds":600000',
    '\u{FEFF}{"advanceSeconds":600000}',
  ])('refuses the body %j', async (body) => {
    const { status, body: text } = await leavesTheClock({ body });
    expect(status).toBe(400);
    expect(text).toContain('Send {\\"advanceSeconds\\": n}');
  });

  it.each([
    { origin: 'https://evil.example', 'content-type': 'text/plain' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1:4599' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    { 'sec-fetch-site': 'same-site' },
  ])('does not let a web page move the clock: %j', async (headers) => {
    const { status, headers: replied } = await leavesTheClock({
      headers: headers,
      body: tenMinutesAhead,
    });
    expect(status).toBe(403);
    expect([...replied.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });

  it('is not found under other spellings', async () => {
    for (const path of [
      '/_keyhaven/clock/',
      '/_KEYHAVEN/clock',
      '/_keyhaven/clock?x',
      '//_keyhaven/clock',
      '/_keyhaven%2Fclock',
    ]) {
      expect((await leavesTheClock({ path, body: tenMinutesAhead })).status).toBe(404);
    }
  });

  it('leaves a record, for it shifts the time of every record after it', async () => {
    const before = service.journal().length;
    await ask({ body: '{"advanceSeconds":0}' });
    expect(service.journal()).toHaveLength(before + 1);
    expect(service.journal().at(-1)).toMatchObject({ eventName: 'AdvanceClock', advanceSeconds: 0 });
  });

  it('is refused beyond the end of the calendar', async () => {
    const own = await startTestService();
    const tenYears = 10 * 366 * 24 * 60 * 60;
    await expect(
      (async () => {
        for (let moves = 0; moves < 1000; moves++) await own.advance(tenYears);
      })(),
    ).rejects.toThrow('The clock ends with the year 9999.');
    await own.advance(0);
    await own.close();
  });
});
