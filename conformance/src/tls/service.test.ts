import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import {
  CreateKeyCommand,
  DecryptCommand,
  EncryptCommand,
  KMSClient,
  ListKeysCommand,
} from '@aws-sdk/client-kms';
import { defaultOptions } from '@keyhaven/server/config';
import { type Service, StartRefusal, startService } from '@keyhaven/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CertificateAuthority, createCertificateAuthority, type Identity } from './certificates.ts';
import { parseServerHello, startRecordingProxy } from './recording-proxy.ts';

let authority: CertificateAuthority;
let server: Identity;
let folder: string;
let service: Service;

beforeAll(async () => {
  authority = createCertificateAuthority();
  server = authority.issue('server');
  folder = mkdtempSync(join(tmpdir(), 'keyhaven-tls-service-'));
  service = await start('open', {});
});

afterAll(async () => {
  await service.close();
  rmSync(folder, { recursive: true, force: true });
  authority.remove();
});

type Overrides = Partial<Parameters<typeof startService>[0]>;

function start(name: string, overrides: Overrides): Promise<Service> {
  return startService({
    ...defaultOptions,
    port: 0,
    dataDir: join(folder, name),
    tlsCert: server.certFile,
    tlsKey: server.keyFile,
    ...overrides,
  });
}

/** The AWS SDK as a program would set it up: its own handler, with an agent that trusts the authority. */
function createClient(endpoint: string, tls: ConnectionOptions = { ca: authority.cert }): KMSClient {
  return new KMSClient({
    endpoint,
    region: 'eu-west-2',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
    requestHandler: { httpsAgent: new Agent({ keepAlive: true, ...tls }) },
  });
}

async function roundTrip(client: KMSClient): Promise<void> {
  const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
  const Plaintext = Buffer.from('there and back');
  const KeyId = KeyMetadata?.KeyId;
  const { CiphertextBlob } = await client.send(new EncryptCommand({ KeyId, Plaintext }));
  const opened = await client.send(new DecryptCommand({ CiphertextBlob }));
  expect(Buffer.from(opened.Plaintext ?? [])).toEqual(Plaintext);
}

describe('the AWS SDK over TLS', () => {
  it('encrypts and decrypts with the authority as its only addition', async () => {
    expect(service.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const client = createClient(service.url);
    await roundTrip(client);
    client.destroy();
  });

  it('agrees on X25519MLKEM768 without being told', async () => {
    const proxy = await startRecordingProxy(Number(new URL(service.url).port));
    const client = createClient(`https://127.0.0.1:${proxy.port}`);
    await roundTrip(client);
    client.destroy();
    proxy.close();
    expect(parseServerHello(proxy.sent()).group).toBe(0x11ec);
  });

  it('does not trust the service without the authority', async () => {
    const client = createClient(service.url, {});
    await expect(client.send(new ListKeysCommand({}))).rejects.toMatchObject({
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    });
    client.destroy();
  });

  it('is told of its mistake when it speaks plain HTTP', async () => {
    const client = createClient(service.url.replace('https:', 'http:'));
    await expect(client.send(new ListKeysCommand({}))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 400 },
    });
    client.destroy();
  });
});

describe('a service that asks for client certificates', () => {
  let asking: Service;

  beforeAll(async () => {
    asking = await start('asking', { tlsClientCa: authority.certFile });
  });

  afterAll(() => asking.close());

  it('serves a client that shows one', async () => {
    const { cert, key } = authority.issue('client', { use: 'clientAuth' });
    const client = createClient(asking.url, { ca: authority.cert, cert, key });
    await roundTrip(client);
    client.destroy();
  });

  it('serves nothing to a client without, though its signature is good', async () => {
    const client = createClient(asking.url);
    await expect(client.send(new ListKeysCommand({}))).rejects.toThrow();
    client.destroy();
  });

  it('takes no signature for a certificate and no certificate for a signature', async () => {
    const { cert, key } = authority.issue('client', { use: 'clientAuth' });
    const agent = new Agent({ ca: authority.cert, cert, key });
    const client = new KMSClient({
      endpoint: asking.url,
      region: 'eu-west-2',
      credentials: { accessKeyId: 'test', secretAccessKey: 'wrong' },
      maxAttempts: 1,
      requestHandler: { httpsAgent: agent },
    });
    await expect(client.send(new ListKeysCommand({}))).rejects.toMatchObject({
      name: 'InvalidSignatureException',
    });
    client.destroy();
  });
});

describe('a start with TLS', () => {
  it.each([
    [
      'a certificate without a key',
      { tlsKey: undefined },
      'TLS needs both a certificate and its private key.',
    ],
    [
      'a key without a certificate',
      { tlsCert: undefined },
      'TLS needs both a certificate and its private key.',
    ],
    ['a certificate that is not there', { tlsCert: '/nowhere/cert.pem' }, 'is not there'],
  ])('is refused with %s, before anything is made', async (_, overrides, reason) => {
    const refused = start('refused', overrides);
    await expect(refused).rejects.toThrow(StartRefusal);
    await expect(refused).rejects.toThrow(reason);
    expect(readdirSync(folder)).not.toContain('refused');
  });

  it('is refused with a key that others may read', async () => {
    const keyFile = join(folder, 'open.key');
    writeFileSync(keyFile, server.key);
    chmodSync(keyFile, 0o644);
    await expect(start('refused', { tlsKey: keyFile })).rejects.toThrow(
      'can be read or changed by other users',
    );
  });
});
