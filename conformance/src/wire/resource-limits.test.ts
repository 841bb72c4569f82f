import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestService, type TestService } from '@keyhaven/testkit';

let service: TestService;

beforeAll(async () => {
  service = await startTestService();
});

afterAll(async () => {
  await service.close();
});

const post = (contentType: string, body: string, headers: Record<string, string> = {}) =>
  fetch(service.url, { method: 'POST', headers: { 'content-type': contentType, ...headers }, body });

describe('What nobody has signed', () => {
  it('is refused unparsed when it is a form of more than 32,768 characters', async () => {
    const reply = await post('application/x-www-form-urlencoded', 'a&'.repeat(100_000));
    expect(reply.status).toBe(413);
    expect(await reply.text()).toContain('<Code>RequestEntityTooLarge</Code>');
  });

  it('is refused when it is JSON of more than 20,000 members', async () => {
    const members = Array.from({ length: 20_001 }, (_, index) => `"${index}":0`);
    const reply = await post('application/x-amz-json-1.1', `{${members.join(',')}}`);
    expect(reply.status).toBe(400);
    expect(await reply.json()).toEqual({ __type: 'SerializationException' });
  });

  it('gets no long text of its own back', async () => {
    const reply = await post('application/x-www-form-urlencoded', `Action=${'<'.repeat(20_000)}&Version=1`);
    expect((await reply.text()).length).toBeLessThan(2000);
  });

  it.each([{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }])(
    'is refused before its body is read when a web page sends it: %j',
    async (headers) => {
      const reply = await post('application/x-www-form-urlencoded', 'Action=GetCallerIdentity', headers);
      expect(reply.status).toBe(403);
      expect(reply.headers.get('access-control-allow-origin')).toBeNull();
    },
  );
});

describe('The clock', () => {
  it('does not go past the end of the calendar, and a move is recorded', async () => {
    const tenYears = 10 * 365 * 24 * 60 * 60;
    await service.advance(tenYears);
    expect(service.journal().at(-1)).toMatchObject({ eventName: 'AdvanceClock', advanceSeconds: tenYears });
  });
});
