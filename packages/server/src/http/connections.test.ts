import { once } from 'node:events';
import { Agent as PlainAgent } from 'node:http';
import { connect as connectPlain, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  type Identity,
} from '../../../../conformance/src/tls/certificates.ts';
import { connectionTimings } from './limits.ts';
import type { Listener, ListenerParts } from './listener.ts';
import { createAgent, post, replyOf, shakeHands, startListener } from './running-listener.test-support.ts';

let authority: CertificateAuthority;
let server: Identity;
let running: Listener[] = [];

beforeAll(() => {
  authority = createCertificateAuthority();
  server = authority.issue('server');
});

afterEach(async () => {
  await Promise.all(running.map((listener) => listener.close()));
  running = [];
});

afterAll(() => {
  authority.remove();
});

describe.each(['plain HTTP', 'TLS'])('connections over %s', (transport) => {
  const isTls = transport === 'TLS';
  const client = () =>
    isTls ? createAgent(authority.cert) : new PlainAgent({ keepAlive: true, maxSockets: 1 });

  async function start(parts: Partial<ListenerParts> = {}) {
    const tls = isTls ? { ...server, alarm: { raise: () => undefined }, wallNow: Date.now } : undefined;
    const started = await startListener({ tls, ...parts });
    running.push(started.listener);
    return started;
  }

  /** A connection on which a client has said nothing yet. */
  async function open(port: number): Promise<Socket> {
    if (isTls) return shakeHands(port, { ca: authority.cert });
    const socket = connectPlain(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.on('error', () => undefined);
    return socket;
  }

  const request = 'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\nhi';

  it('are kept alive from request to request', async () => {
    const { port } = await start();
    const agent = client();
    const [first, second] = [await post(port, 'a', { agent }), await post(port, 'b', { agent })];
    expect([first.connection, second.connection]).toEqual(['keep-alive', 'keep-alive']);
    expect(second.localPort).toBe(first.localPort);
  });

  it('get their last reply when they have reached their age', async () => {
    const { port } = await start({ timings: { ageMs: 40 } });
    const agent = client();
    const replies = [await post(port, 'a', { agent })];
    while (replies.at(-1)?.connection === 'keep-alive') replies.push(await post(port, 'a', { agent }));
    expect(new Set(replies.map(({ localPort }) => localPort)).size).toBe(1);
    expect(replies.length).toBeGreaterThan(1);
    const after = await post(port, 'a', { agent });
    expect(after).toMatchObject({ status: 200 });
    expect(after.localPort).not.toBe(replies[0]?.localPort);
  });

  it('that carry a request when the listener closes bring its reply, which is their last', async () => {
    const arrived = Promise.withResolvers<() => void>();
    const { listener, port } = await start({
      serve: (_, respond) => {
        arrived.resolve(() => {
          respond(replyOf('late'), 'id');
        });
      },
    });
    const reply = post(port, 'a', { agent: client() });
    const answer = await arrived.promise;
    const closed = listener.close();
    await expect(open(port)).rejects.toThrow();
    answer();
    expect(await reply).toMatchObject({ status: 200, body: 'late', connection: 'close' });
    await closed;
  });

  it('that fall idle still bring the reply to a request that comes right after', async () => {
    const { listener, port } = await start();
    const agent = client();
    const before = await post(port, 'a', { agent });
    const closed = listener.close();
    const after = await post(port, 'b', { agent });
    expect(after).toMatchObject({ status: 200, body: 'b', connection: 'close', localPort: before.localPort });
    await closed;
  });

  it('of which nothing has come yet still bring the reply to a first request', async () => {
    const { listener, port } = await start();
    const socket = await open(port);
    const closed = listener.close();
    socket.write(request);
    const [reply] = (await once(socket, 'data')) as [Buffer];
    expect(reply.toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n(?:.*\r\n)*Connection: close\r\n/);
    socket.destroy();
    await closed;
  });

  it('that stay idle are closed, so that the service ends', async () => {
    const { listener, port } = await start();
    const agent = client();
    await post(port, 'a', { agent });
    const startedAt = performance.now();
    await listener.close();
    expect(performance.now() - startedAt).toBeLessThan(connectionTimings.drainMs);
    await expect(post(port, 'b', { agent })).rejects.toThrow();
  });

  it('of side routes and refusals end as well', async () => {
    const answered = Promise.withResolvers<{ readonly status: number; readonly json: unknown }>();
    const asked = Promise.withResolvers<undefined>();
    const slow = {
      method: 'GET' as const,
      path: '/slow',
      answer: () => {
        asked.resolve(undefined);
        return answered.promise;
      },
    };
    const { listener, port } = await start({ sideRoutes: [slow] });
    const [one, two] = [client(), client()];
    await post(port, '', { agent: two });
    const side = post(port, '', { agent: one, method: 'GET', path: '/slow' });
    await asked.promise;
    const closed = listener.close();
    const refused = await post(port, '', { agent: two, headers: { origin: 'https://evil.example' } });
    answered.resolve({ status: 200, json: {} });
    expect(refused).toMatchObject({ status: 403, connection: 'close' });
    expect(await side).toMatchObject({ status: 200, connection: 'close' });
    await closed;
  });

  it('that never send their request whole are cut off in the end', async () => {
    const { listener, port } = await start({ timings: { drainMs: 300 } });
    const socket = await open(port);
    socket.write(request.slice(0, 20));
    const cut = once(socket, 'close');
    await listener.close();
    await cut;
  });
});

describe('a TLS handshake that does not end', () => {
  it('does not keep the service from ending', async () => {
    const { listener, port } = await startListener({
      tls: { ...server, alarm: { raise: () => undefined }, wallNow: Date.now },
      timings: { drainMs: 300 },
    });
    const socket = connectPlain(port, '127.0.0.1');
    socket.on('error', () => undefined);
    // The head of a ClientHello of which the rest never comes.
    socket.write(Buffer.from([22, 3, 1, 2, 0, 1, 0]));
    const cut = once(socket, 'close');
    // Another connection after it has been served: the first has been accepted.
    await post(port, 'a', { agent: createAgent(authority.cert) });
    await listener.close();
    await cut;
  });
});

describe('a listener', () => {
  it('that seals and unseals keeps its connections, and closes after that as ever', async () => {
    let serve: ListenerParts['serve'] = (_, respond) => {
      respond({ status: 503, contentType: 'text/plain', body: 'sealed' }, 'id');
    };
    const { listener, port } = await startListener({
      serve: (wire, respond) => {
        serve(wire, respond);
      },
    });
    const agent = new PlainAgent({ keepAlive: true, maxSockets: 1 });
    const sealed = await post(port, 'a', { agent });
    serve = ({ body }, respond) => {
      respond(replyOf(body.toString()), 'id');
    };
    const unsealed = await post(port, 'a', { agent });
    expect([sealed.status, unsealed.status]).toEqual([503, 200]);
    expect(unsealed.localPort).toBe(sealed.localPort);
    const closed = listener.close();
    expect((await post(port, 'a', { agent })).connection).toBe('close');
    await closed;
  });
});
