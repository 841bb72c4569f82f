import { once } from 'node:events';
import { connect as connectPlain } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  type Identity,
} from '../../../../conformance/src/tls/certificates.ts';
import { parseServerHello, startRecordingProxy } from '../../../../conformance/src/tls/recording-proxy.ts';
import { limits, handshakeTimeoutMs } from './limits.ts';
import type { TlsParts } from './listener.ts';
import {
  createAgent,
  post,
  type RunningListener,
  shakeHands,
  startListener,
} from './running-listener.test-support.ts';

const hybrid = 0x11ec;
const x25519 = 0x001d;

let authority: CertificateAuthority;
let server: Identity;
let running: RunningListener;
let rsa: RunningListener;
let asking: RunningListener;

const tlsOf = (identity: Identity, more: Partial<TlsParts> = {}): TlsParts => ({
  ...identity,
  alarm: { raise: () => undefined },
  wallNow: Date.now,
  ...more,
});

beforeAll(async () => {
  authority = createCertificateAuthority();
  server = authority.issue('server');
  running = await startListener({ tls: tlsOf(server) });
  rsa = await startListener({ tls: tlsOf(authority.issue('rsa', { keyType: 'RSA' })) });
  asking = await startListener({ tls: tlsOf(server, { clientCaFile: authority.certFile }) });
});

afterAll(async () => {
  await Promise.all([running, rsa, asking].map(({ listener }) => listener.close()));
  authority.remove();
});

interface Negotiated {
  readonly version: string | null;
  readonly application: string | false | null;
}

/** A handshake and, where it succeeds, one request. */
async function ask(options: ConnectionOptions, { port } = running): Promise<Negotiated> {
  const socket = await shakeHands(port, { ca: authority.cert, ...options });
  socket.write('POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\nhi');
  const [reply] = (await once(socket, 'data')) as [Buffer];
  expect(reply.toString()).toMatch(/^HTTP\/1\.1 200 /);
  const negotiated = { version: socket.getProtocol(), application: socket.alpnProtocol };
  socket.destroy();
  return negotiated;
}

describe('the version of TLS', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('may be %s', async (version) => {
    expect(await ask({ minVersion: version, maxVersion: version })).toMatchObject({ version });
  });

  it('is 1.3 with a client that knows both', async () => {
    expect(await ask({})).toMatchObject({ version: 'TLSv1.3' });
  });

  it.each(['TLSv1', 'TLSv1.1'] as const)('may not be %s: the server refuses', async (version) => {
    const old = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' };
    await expect(ask(old)).rejects.toMatchObject({ code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' });
  });
});

describe('the key exchange', () => {
  async function helloFor(options: ConnectionOptions) {
    const proxy = await startRecordingProxy(running.port);
    try {
      await ask(options, { ...running, port: proxy.port });
      return parseServerHello(proxy.sent());
    } finally {
      proxy.close();
    }
  }

  it('is hybrid with a client that offers only that', async () => {
    expect(await ask({ ecdhCurve: 'X25519MLKEM768' })).toMatchObject({ version: 'TLSv1.3' });
  });

  it('is hybrid with a client of today that is told nothing about it', async () => {
    expect(await helloFor({})).toEqual({ group: hybrid, isRetryRequest: false });
  });

  it('is hybrid with a client that offers it and sent a classical key share first', async () => {
    expect(await helloFor({ ecdhCurve: 'X25519:X25519MLKEM768' })).toEqual({
      group: hybrid,
      isRetryRequest: true,
    });
  });

  it('is classical with a client that knows nothing else', async () => {
    expect(await helloFor({ ecdhCurve: 'X25519' })).toEqual({ group: x25519, isRetryRequest: false });
  });

  it.each(['P-256', 'P-384'])('may be on the curve %s', async (curve) => {
    await ask({ ecdhCurve: curve });
    await ask({ ecdhCurve: curve, maxVersion: 'TLSv1.2' }, rsa);
  });

  it.each(['P-521', 'X448', 'ffdhe2048'])('may not be %s', async (group) => {
    await expect(ask({ ecdhCurve: group })).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_SSL_.*ALERT_HANDSHAKE_FAILURE$/) as string,
    });
  });
});

describe('the cipher suites of TLS 1.2', () => {
  const offer = (ciphers: string, to: RunningListener) => ask({ maxVersion: 'TLSv1.2', ciphers }, to);

  it.each(['AES256-GCM-SHA384', 'AES128-GCM-SHA256', 'CHACHA20-POLY1305'])(
    'are ECDHE with %s, for ECDSA and for RSA certificates',
    async (cipher) => {
      await offer(`ECDHE-ECDSA-${cipher}`, running);
      await offer(`ECDHE-RSA-${cipher}`, rsa);
    },
  );

  it.each([
    'AES128-GCM-SHA256',
    'AES256-SHA256',
    'ECDHE-RSA-AES128-SHA256',
    'ECDHE-RSA-AES256-SHA',
    'DHE-RSA-AES256-GCM-SHA384',
  ])('do not hold %s', async (cipher) => {
    await expect(offer(cipher, rsa)).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_SSL_.*ALERT_HANDSHAKE_FAILURE$/) as string,
    });
  });
});

describe('a TLS connection', () => {
  it('is not renegotiated', async () => {
    const socket = await shakeHands(running.port, { ca: authority.cert, maxVersion: 'TLSv1.2' });
    const refused = once(socket, 'error');
    socket.renegotiate({}, () => undefined);
    expect(await refused).toMatchObject([{ code: 'ERR_SSL_NO_RENEGOTIATION' }]);
    socket.destroy();
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('is not resumed, with %s', async (version) => {
    const options = { ca: authority.cert, maxVersion: version };
    const first = await shakeHands(running.port, options);
    first.write('POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\nhi');
    await once(first, 'data');
    const session = first.getSession();
    first.destroy();
    if (session === undefined) throw new Error('there is no session to resume');
    const second = await shakeHands(running.port, { ...options, session });
    expect(second.isSessionReused()).toBe(false);
    second.destroy();
  });

  it('speaks HTTP/1.1 by ALPN', async () => {
    expect(await ask({ ALPNProtocols: ['h2', 'http/1.1'] })).toMatchObject({ application: 'http/1.1' });
  });

  it('is refused to a client that speaks something else only', async () => {
    await expect(ask({ ALPNProtocols: ['h2'] })).rejects.toMatchObject({
      code: 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL',
    });
  });

  it('has the limits of a plain one', async () => {
    const socket = await shakeHands(running.port, { ca: authority.cert });
    const line = `x: ${'y'.repeat(1000)}\r\n`;
    socket.write(`POST / HTTP/1.1\r\nhost: localhost\r\n${line.repeat(limits.maxHeaderSize / 1000 + 1)}\r\n`);
    const [reply] = (await once(socket, 'data')) as [Buffer];
    expect(reply.toString()).toMatch(/^HTTP\/1\.1 431 /);
    socket.destroy();
  });

  it('is cut off when the handshake takes too long', async () => {
    expect(handshakeTimeoutMs).toBeLessThanOrEqual(10_000);
    const impatient = await startListener({ tls: tlsOf(server, { handshakeTimeoutMs: 50 }) });
    const silent = connectPlain(impatient.port, '127.0.0.1');
    silent.on('error', () => undefined);
    await once(silent, 'close');
    await impatient.listener.close();
  });

  it('that speaks plain HTTP is told to use https', async () => {
    const reply = await post(running.port, 'x');
    expect(reply).toMatchObject({
      status: 400,
      body: 'This port speaks TLS. Use https:// in the endpoint.\n',
    });
    expect(reply.connection).toBe('close');
  });

  it('that speaks neither is closed without a word', async () => {
    const socket = connectPlain(running.port, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.write('SSH-2.0-OpenSSH_9.2\r\n');
    await once(socket, 'close');
    expect(received).not.toContain('HTTP');
  });
});

describe('a client certificate', () => {
  const refused = { code: expect.stringMatching(/^(?:ECONNRESET|EPIPE|ERR_SSL_.*ALERT.*)$/) as string };
  const send = (options: ConnectionOptions = {}) =>
    post(asking.port, 'hi', {
      agent: createAgent(authority.cert, { ...options, keepAlive: false } as ConnectionOptions),
    });

  it('of the right authority is accepted', async () => {
    const { cert, key } = authority.issue('client', { use: 'clientAuth' });
    expect(await send({ cert, key })).toMatchObject({ status: 200, body: 'hi' });
  });

  it('must be there when an authority for clients is given', async () => {
    await expect(send()).rejects.toMatchObject(refused);
  });

  it('of another authority is refused, also one of the same name', async () => {
    const other = createCertificateAuthority();
    const { cert, key } = other.issue('client', { use: 'clientAuth' });
    other.remove();
    await expect(send({ cert, key })).rejects.toMatchObject(refused);
  });

  it('may not be a certificate for servers', async () => {
    await expect(send({ cert: server.cert, key: server.key })).rejects.toMatchObject(refused);
  });

  it('is not asked for otherwise', async () => {
    expect((await post(running.port, 'hi', { agent: createAgent(authority.cert) })).status).toBe(200);
  });
});
