import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { answer, run } from '../scripted-service.test-support.ts';

/*
 * A service that is administered through the network, as the command sees it: HTTPS, and nobody without a certificate of
 * the right authority.
 */

let folder: string;
let server: Server;
let port: number;
/** The common names of those who were let in. */
let visitors: string[];

const file = (name: string) => join(folder, name);

/** A key and a self-signed certificate for 127.0.0.1, or for a name. */
function makeCertificate(name: string, alternative = 'IP:127.0.0.1'): void {
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
    ...['-subj', `/CN=${name}`, '-addext', `subjectAltName=${alternative}`],
    ...['-keyout', file(`${name}.key`), '-out', file(`${name}.pem`)],
  ]);
  if (made.status !== 0) throw new Error(made.stderr.toString());
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keyhaven-mtls-'));
  for (const name of ['service', 'alice', 'mallory']) makeCertificate(name);
  makeCertificate('elsewhere', 'DNS:elsewhere.example.com');
  server = await listen('service');
  ({ port } = server.address() as AddressInfo);
});
afterAll(async () => {
  await close(server);
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  visitors = [];
});

async function listen(name: string): Promise<Server> {
  const options = {
    cert: readFileSync(file(`${name}.pem`)),
    key: readFileSync(file(`${name}.key`)),
    ca: readFileSync(file('alice.pem')),
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.3' as const,
  };
  const one = createServer(options, (request, response) => {
    if (request.socket instanceof TLSSocket)
      visitors.push(String(request.socket.getPeerCertificate().subject.CN));
    request.resume().on('end', () => {
      answer(response, [{ result: { isHeld: true } }]);
    });
  });
  await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve));
  return one;
}

async function close(one: Server): Promise<void> {
  const closed = new Promise((resolve) => one.close(resolve));
  one.closeAllConnections();
  await closed;
}

function hold(operator: string, { at = port, ca = 'service' } = {}) {
  return run([
    ...['jobs', 'hold', '--admin-url', `https://127.0.0.1:${at}`],
    ...['--client-cert', file(`${operator}.pem`), '--client-key', file(`${operator}.key`)],
    ...(ca === '' ? [] : ['--admin-ca', file(`${ca}.pem`)]),
  ]);
}

describe('A service behind --admin-url', () => {
  it('is administered by whoever shows a certificate that it knows', async () => {
    expect(await hold('alice')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(visitors).toEqual(['alice']);
  });

  it('refuses a certificate that it does not know, and the command says so', async () => {
    const outcome = await hold('mallory');
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    expect(outcome.stderr).toMatch(/ended the connection during the TLS handshake .*\n.*--admin-operator/);
    expect(visitors).toEqual([]);
  });

  it.each([[''], ['mallory']])(
    'is asked for nothing where its own certificate is not trusted: --admin-ca %j',
    async (ca) => {
      const outcome = await hold('alice', { ca });
      expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
      expect(outcome.stderr).toMatch(/is not trusted \(\w+\)\.\nName the authority .*--admin-ca\.\n$/);
      expect(visitors).toEqual([]);
    },
  );

  it('is asked for nothing where it is not trusted, although the environment switches checks off', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    expect(await hold('alice', { ca: 'mallory' })).toMatchObject({ exitCode: 1, stdout: '' });
    expect(visitors).toEqual([]);
  });

  it('is asked for nothing where its certificate is for another name', async () => {
    const other = await listen('elsewhere');
    try {
      const { port: at } = other.address() as AddressInfo;
      const outcome = await hold('alice', { at, ca: 'elsewhere' });
      expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
      expect(outcome.stderr).toContain('is for another name');
      expect(visitors).toEqual([]);
    } finally {
      await close(other);
    }
  });

  it('is said not to be reached where nobody listens', async () => {
    const other = await listen('service');
    const { port: at } = other.address() as AddressInfo;
    await close(other);
    const outcome = await hold('alice', { at });
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    expect(outcome.stderr).toMatch(/cannot be reached \(ECONNREFUSED\)\.\n.*--admin-listen/);
  });

  it('is not asked with a key of another certificate, or with none that can be read', async () => {
    const mixed = await run([
      ...['jobs', 'hold', '--admin-url', `https://127.0.0.1:${port}`, '--admin-ca', file('service.pem')],
      ...['--client-cert', file('alice.pem'), '--client-key', file('mallory.key')],
    ]);
    expect(mixed).toMatchObject({ exitCode: 1, stdout: '' });
    const missing = await run([
      ...['jobs', 'hold', '--admin-url', `https://127.0.0.1:${port}`],
      ...['--client-cert', file('missing.pem'), '--client-key', file('alice.key')],
    ]);
    expect(missing.stderr).toContain(`--client-cert ${file('missing.pem')} cannot be read`);
    expect(visitors).toEqual([]);
  });

  it.each([
    [['backup', '--to', 'backups']],
    [
      [
        'seal',
        'change',
        '--seal',
        'kms',
        '--kms-key-id',
        'k',
        '--kms-region',
        'eu-west-2',
        '--kms-ca-file',
        'c',
      ],
    ],
  ])('is not given a relative path, which would be one of this machine: %j', async (words) => {
    const outcome = await run([
      ...[...words, '--admin-url', `https://127.0.0.1:${port}`, '--admin-ca', file('service.pem')],
      ...['--client-cert', file('alice.pem'), '--client-key', file('alice.key')],
    ]);
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
    expect(outcome.stderr).toContain('must be an absolute path');
    expect(visitors).toEqual([]);
  });
});
