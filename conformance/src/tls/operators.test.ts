import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Service, startService } from '@keyhaven/server';
import { defaultOptions } from '@keyhaven/server/config';
import { readJournal } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CertificateAuthority, createCertificateAuthority, type Identity } from './certificates.ts';

let authority: CertificateAuthority;
let operator: Identity;
let stranger: Identity;
let folder: string;
let service: Service;
let port: number;

const fingerprintOf = ({ cert }: Identity) =>
  new X509Certificate(cert).fingerprint256.replaceAll(':', '').toLowerCase();

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: free } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return free;
}

beforeAll(async () => {
  authority = createCertificateAuthority();
  const server = authority.issue('server');
  operator = authority.issue('operator', { use: 'clientAuth' });
  stranger = authority.issue('stranger', { use: 'clientAuth' });
  folder = mkdtempSync(join(tmpdir(), 'keyhaven-operators-'));
  port = await freePort();
  service = await startService({
    ...defaultOptions,
    port: 0,
    dataDir: folder,
    tlsCert: server.certFile,
    tlsKey: server.keyFile,
    adminListen: { host: '127.0.0.1', port },
    adminOperators: [{ name: 'alice', fingerprint: fingerprintOf(operator) }],
  });
});

afterAll(async () => {
  await service.close();
  rmSync(folder, { recursive: true, force: true });
  authority.remove();
});

interface Answer {
  readonly status: number;
  readonly text: string;
}

function perform(
  act: string,
  identity: Identity | undefined,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const { cert, key } = identity ?? {};
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        path: `/admin/${act}`,
        method: 'POST',
        headers,
        ca: authority.cert,
        cert,
        key,
        agent: false,
      },
      (reply) => {
        let text = '';
        reply.on('data', (chunk: Buffer) => (text += chunk.toString()));
        reply.on('end', () => {
          resolve({ status: reply.statusCode ?? 0, text });
        });
      },
    );
    sent.on('error', reject);
    sent.end('{}');
  });
}

describe('An operator with a certificate', () => {
  it('administers under the name that the fingerprint of the certificate is given, in the journal too', async () => {
    const { status, text } = await perform('account-list', operator);
    expect(status).toBe(200);
    expect(JSON.parse(text)).toHaveProperty('result.accounts');
    expect(readJournal(join(folder, 'journal')).at(-1)).toMatchObject({
      eventName: 'ListAccounts',
      operator: 'alice',
    });
  });

  it('whom nobody has named is refused, although the same authority vouches for both', async () => {
    const { status, text } = await perform('account-list', stranger);
    expect({ status, text }).toEqual({
      status: 403,
      text: 'No operator has this certificate. Name it with --admin-operator NAME=SHA256.\n',
    });
  });

  it.each([{ origin: 'https://example.com' }, { 'sec-fetch-site': 'cross-site' }, { origin: 'null' }])(
    'does nothing for a web page in the browser that holds the certificate: %j',
    async (headers) => {
      const before = readJournal(join(folder, 'journal')).length;
      const { status, text } = await perform('account-list', operator, headers);
      expect({ status, text }).toEqual({ status: 403, text: 'Web pages are not served.\n' });
      expect(readJournal(join(folder, 'journal'))).toHaveLength(before);
    },
  );

  it('is refused when no certificate is shown', async () => {
    expect((await perform('account-list', undefined)).status).toBe(403);
  });

  it('cannot be impersonated by a certificate without its key', async () => {
    const mixed = { ...operator, key: stranger.key };
    await expect(perform('account-list', mixed)).rejects.toThrow();
  });

  it('cannot be impersonated by a certificate of the same name', async () => {
    const double = createCertificateAuthority();
    const { status } = await perform('account-list', double.issue('operator', { use: 'clientAuth' }));
    double.remove();
    expect(status).toBe(403);
  });
});
