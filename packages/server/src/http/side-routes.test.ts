import { afterEach, describe, expect, it } from 'vitest';
import type { Listener, ListenerParts } from './listener.ts';
import { post, startListener } from './running-listener.test-support.ts';
import { healthRoute, type ReadyChecks, readyRoute } from './side-routes.ts';

let running: Listener | undefined;

afterEach(() => running?.close());

async function start(parts: Partial<ListenerParts>): Promise<number> {
  const { listener, port } = await startListener(parts);
  running = listener;
  return port;
}

const get = (port: number, path: string, method = 'GET') => post(port, '', { method, path });

describe('/ready', () => {
  const startWith = (checks: () => ReadyChecks | Promise<ReadyChecks>) =>
    start({ sideRoutes: [readyRoute(checks)] });

  it('answers 200 when every check holds', async () => {
    const port = await startWith(() => ({ unsealed: true, journalWritable: true }));
    const { status, body } = await get(port, '/ready');
    expect([status, JSON.parse(body)]).toEqual([
      200,
      { status: 'ready', checks: { unsealed: true, journalWritable: true } },
    ]);
  });

  it('answers 503 when one does not, and names each', async () => {
    const port = await startWith(() => Promise.resolve({ unsealed: true, journalWritable: false }));
    const { status, body } = await get(port, '/ready');
    expect([status, JSON.parse(body)]).toEqual([
      503,
      { status: 'not ready', checks: { unsealed: true, journalWritable: false } },
    ]);
  });

  it('looks anew each time', async () => {
    const checks = { unsealed: false };
    const port = await startWith(() => checks);
    const before = await get(port, '/ready');
    checks.unsealed = true;
    expect([before.status, (await get(port, '/ready')).status]).toEqual([503, 200]);
  });

  it('is not ready when a check cannot be made', async () => {
    const failures: unknown[] = [];
    const port = await start({
      sideRoutes: [readyRoute(() => Promise.reject(new Error('no disk')))],
      onFailure: (error) => failures.push(error),
    });
    const { status, body } = await get(port, '/ready');
    expect(status).toBe(500);
    expect(body).not.toContain('no disk');
    expect(failures).toEqual([new Error('no disk')]);
  });

  it.each(['POST', 'PUT', 'DELETE'])('refuses the method %s', async (method) => {
    const port = await startWith(() => ({}));
    expect((await get(port, '/ready', method)).status).toBe(405);
  });
});

describe('a side route', () => {
  it('that is not given is none: the request goes to the API', async () => {
    const port = await start({
      sideRoutes: [healthRoute('1.2.3')],
      serve: ({ path }, respond) => {
        respond({ status: 404, contentType: 'text/plain', body: path }, 'id');
      },
    });
    expect(JSON.parse((await get(port, '/health')).body)).toEqual({ status: 'ok', version: '1.2.3' });
    expect(await get(port, '/_keyhaven/clock')).toMatchObject({ status: 404, body: '/_keyhaven/clock' });
  });
});
