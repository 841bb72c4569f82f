import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, request, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createSocketServer, type Server as SocketServer } from 'node:net';
import { join } from 'node:path';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { startTestService, type TestService } from '@keyhaven/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { temporaryFolder } from '../storage/sqlite/opened-store.test-support.ts';
import { certificate, certificateKey, otherAuthority } from './kms-certificate.test-support.ts';
import { createKmsSeal, type KmsSealParameters, kmsSeal } from './kms-seal.ts';
import { installationId, refusalOf, reveal } from './seal.test-support.ts';

const region = 'eu-west-2';
const place = { installationId, dataFolder: '/nowhere' };
const seal = createKmsSeal({ connectMs: 2000, attemptMs: 5000, totalMs: 20_000 });
/** For a KMS that never answers. */
const hasty = createKmsSeal({ connectMs: 200, attemptMs: 200, totalMs: 600 });

let service: TestService;
let keyId: string;
let otherKeyId: string;

async function newKey(): Promise<string> {
  const { KeyMetadata } = await service.client().send(new CreateKeyCommand({}));
  return KeyMetadata?.Arn ?? '';
}

beforeAll(async () => {
  service = await startTestService();
  [keyId, otherKeyId] = [await newKey(), await newKey()];
});
afterAll(() => service.close());

beforeEach(() => {
  // What the machine that runs the tests has of its own must not matter.
  for (const name of ['AWS_PROFILE', 'AWS_SESSION_TOKEN', 'AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_KMS']) {
    vi.stubEnv(name, undefined);
  }
  vi.stubEnv('AWS_CONFIG_FILE', '/nowhere/config');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere/credentials');
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const make = (part: { readonly keyId?: string; readonly endpoint?: string; readonly caFile?: string } = {}) =>
  seal.create({ ...place, keyId, region, endpoint: service.url, ...part });

async function listenOn(server: Server | SocketServer, address = '127.0.0.1'): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  onTestFinished(() => {
    server.close();
    if ('closeAllConnections' in server) server.closeAllConnections();
  });
  return `${address}:${(server.address() as AddressInfo).port}`;
}

/** A KMS of the test's own that answers every request alike. */
const answering = async (answer: RequestListener) => `http://${await listenOn(createServer(answer))}`;

/** The service behind TLS, as a reverse proxy would put it. */
async function behindTls(): Promise<string> {
  const forward: RequestListener = (incoming, outgoing) => {
    const { method, headers, url } = incoming;
    const onward = request(`${service.url}${url ?? '/'}`, { method, headers }, (reply) => {
      outgoing.writeHead(reply.statusCode ?? 500, reply.headers);
      reply.pipe(outgoing);
    });
    incoming.pipe(onward);
  };
  return `https://${await listenOn(createTlsServer({ cert: certificate, key: certificateKey }, forward))}`;
}

function pem(content: string): string {
  const path = join(temporaryFolder(), 'ca.pem');
  writeFileSync(path, content);
  return path;
}

describe('The kms seal', () => {
  it('opens with the key that another Keyhaven decrypts', async () => {
    const { parameters, sealingKey, shares } = await make();
    expect(sealingKey.length).toBe(32);
    expect(shares).toBeUndefined();
    expect(reveal(await seal.open(parameters, place))).toBe(reveal(sealingKey));
    expect(reveal(await kmsSeal.open(parameters, place))).toBe(reveal(sealingKey));
  });

  it('opens by itself', async () => {
    expect(seal.needs((await make()).parameters)).toEqual({ automatic: true });
  });

  it('stores the encrypted sealing key and where to have it decrypted, as it reads it again', async () => {
    const { parameters, sealingKey } = await make();
    expect(parameters).toEqual({
      keyId,
      region,
      endpoint: service.url,
      encryptedSealingKey: expect.stringMatching(/^AQICAH/) as string,
    });
    expect(seal.parametersSchema.parse(JSON.parse(JSON.stringify(parameters)))).toEqual(parameters);
    expect(JSON.stringify(parameters)).not.toContain(sealingKey.use((bytes) => bytes.toString('base64')));
  });

  it('makes another sealing key each time', async () => {
    expect(reveal((await make()).sealingKey)).not.toBe(reveal((await make()).sealingKey));
  });

  it('keeps the key that an alias named, not the alias', async () => {
    const client = service.client();
    await client.send(new CreateAliasCommand({ AliasName: 'alias/seal', TargetKeyId: keyId }));
    const { parameters } = await make({ keyId: 'alias/seal' });
    expect(parameters.keyId).toBe(keyId);
  });

  it("shows installation and purpose in the other service's journal", async () => {
    await make();
    const uses = service.journal().filter(({ eventName }) => eventName === 'Decrypt');
    expect(JSON.stringify(uses.at(-1))).toContain(
      JSON.stringify({ 'keyhaven:installation': installationId, 'keyhaven:purpose': 'sealing key' }),
    );
  });
});

describe('The kms seal does not open', () => {
  let parameters: KmsSealParameters;
  beforeEach(async () => {
    ({ parameters } = await make());
  });
  const open = (part: Partial<KmsSealParameters>, on = seal) => on.open({ ...parameters, ...part }, place);

  it('for another installation', async () => {
    const other = { ...place, installationId: installationId.replace('5f', '6f') };
    const { message, isTransient } = await refusalOf(() => seal.open(parameters, other));
    expect(message).toContain('does not decrypt the sealing key');
    expect(isTransient).toBe(false);
  });

  it('with another key', async () => {
    const { message } = await refusalOf(() => open({ keyId: otherKeyId }));
    expect(message).toContain('does not decrypt the sealing key');
  });

  it('with a sealing key that was changed', async () => {
    const blob = Buffer.from(parameters.encryptedSealingKey, 'base64');
    blob[150] = (blob[150] ?? 0) ^ 1;
    const { message } = await refusalOf(() => open({ encryptedSealingKey: blob.toString('base64') }));
    expect(message).toContain('does not decrypt the sealing key');
  });

  it('with a key that does not exist', async () => {
    const { message } = await refusalOf(() => open({ keyId: otherKeyId.replace(/.{12}$/, '0'.repeat(12)) }));
    expect(message).toMatch(/^The KMS at http:\/\/127.0.0.1:\d+ has no key arn:aws:kms:/);
  });

  it('while the key is disabled, and opens again once it is enabled', async () => {
    const client = service.client();
    await client.send(new DisableKeyCommand({ KeyId: keyId }));
    const { message, nextStep } = await refusalOf(() => open({}));
    await client.send(new EnableKeyCommand({ KeyId: keyId }));
    expect(message).toContain('is disabled, pending deletion or not available');
    expect(nextStep).toContain('Enable it again');
    expect((await open({})).length).toBe(32);
  });

  it('while the key is about to be deleted', async () => {
    const doomed = await newKey();
    const made = await make({ keyId: doomed });
    await service.client().send(new ScheduleKeyDeletionCommand({ KeyId: doomed }));
    const { nextStep } = await refusalOf(() => seal.open(made.parameters, place));
    expect(nextStep).toContain('cancel its deletion');
  });

  it('with credentials that the KMS does not know, or with a wrong secret', async () => {
    for (const [name, value] of [
      ['AWS_SECRET_ACCESS_KEY', 'wrong'],
      ['AWS_ACCESS_KEY_ID', 'nobody'],
    ] as const) {
      vi.stubEnv(name, value);
      expect((await refusalOf(() => open({}))).message).toContain('refuses the credentials');
    }
  });

  it('without credentials', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    const { message, nextStep } = await refusalOf(() => open({}));
    expect(message).toContain('There are no credentials');
    expect(nextStep).toContain('the environment, a profile');
  });

  it('where nobody listens, for now', async () => {
    const { message, isTransient } = await refusalOf(() => open({ endpoint: 'http://127.0.0.1:1' }));
    expect(message).toBe('The KMS at http://127.0.0.1:1 cannot be reached, or does not answer.');
    expect(isTransient).toBe(true);
  });

  it('where somebody listens and never answers, for now and not for ever', async () => {
    const silent = createSocketServer((socket) => socket.on('error', () => undefined));
    const endpoint = `http://${await listenOn(silent)}`;
    const refusal = await refusalOf(() => open({ endpoint }, hasty));
    expect([refusal.isTransient, refusal.message.includes('does not answer')]).toEqual([true, true]);
  });

  it('where the answer never ends', async () => {
    const endpoint = await answering((_request, reply) => {
      reply.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
      const timer = setInterval(() => reply.write(' '), 20);
      reply.on('close', () => clearInterval(timer));
    });
    expect((await refusalOf(() => open({ endpoint }, hasty))).isTransient).toBe(true);
  });

  it.skipIf(process.platform === 'win32')('while the search for credentials does not end', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'config'), '[profile slow]\ncredential_process = sleep 5\n');
    vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'));
    vi.stubEnv('AWS_PROFILE', 'slow');
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    const { message, isTransient } = await refusalOf(() => open({}, hasty));
    expect(message).toContain('cannot be reached, or does not answer');
    expect(isTransient).toBe(true);
  });

  it('while the KMS is in trouble, after three attempts', async () => {
    vi.stubEnv('AWS_MAX_ATTEMPTS', '5');
    let attempts = 0;
    const endpoint = await answering((_request, reply) => {
      attempts++;
      reply.writeHead(503).end('{"__type":"ServiceUnavailableException"}');
    });
    expect((await refusalOf(() => open({ endpoint }))).isTransient).toBe(true);
    expect(attempts).toBe(3);
  });

  it.each([
    ['a page', 'text/html', '<html>'],
    ['nothing', 'application/x-amz-json-1.1', ''],
    ['no plaintext', 'application/x-amz-json-1.1', '{}'],
    ['a short key', 'application/x-amz-json-1.1', '{"Plaintext":"AAAA"}'],
    ['a long key', 'application/x-amz-json-1.1', `{"Plaintext":"${'A'.repeat(88)}"}`],
    ['a number', 'application/x-amz-json-1.1', '{"Plaintext":7}'],
  ])('with an answer that is none: %s', async (_what, type, body) => {
    const endpoint = await answering((_request, reply) => {
      reply.writeHead(200, { 'content-type': type }).end(body);
    });
    const { message, isTransient } = await refusalOf(() => open({ endpoint }));
    expect(message).toContain('answered what this version does not understand');
    expect(isTransient).toBe(false);
  });

  it("and repeats nothing of the other's words", async () => {
    const endpoint = await answering((_request, reply) => {
      reply.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' });
      reply.end(JSON.stringify({ __type: 'AccessDeniedException', message: 'call 555-0100 \u001b[2J' }));
    });
    const { message, nextStep } = await refusalOf(() => open({ endpoint }));
    expect(message).toContain('does not permit the use of the key');
    for (const word of ['555', '\u001b']) expect(message + nextStep).not.toContain(word);
  });
});

describe('No kms seal is made', () => {
  it('with a key that may generate data keys and not decrypt', async () => {
    const oneWay = await newKey();
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: 'arn:aws:iam::000000000000:root' },
          Action: ['kms:GenerateDataKey', 'kms:PutKeyPolicy'],
          Resource: '*',
        },
      ],
    });
    await service.client().send(new PutKeyPolicyCommand({ KeyId: oneWay, PolicyName: 'default', Policy }));
    const { message, nextStep } = await refusalOf(() => make({ keyId: oneWay }));
    expect(message).toContain(`does not permit the use of the key ${oneWay}`);
    expect(nextStep).toContain('kms:GenerateDataKey and kms:Decrypt');
  });

  it.each([
    ['keyId', { keyId: '' }],
    ['keyId', { keyId: 'a b' }],
    ['region', { region: 'eu-west-2.evil.example' }],
    ['region', { region: '' }],
    ['endpoint', { endpoint: 'http://kms.example.com' }],
    ['endpoint', { endpoint: 'http://127.0.0.1.example.com' }],
    ['endpoint', { endpoint: 'https://user:word@kms.example.com' }],
    ['endpoint', { endpoint: 'https://kms.example.com/path' }],
    ['endpoint', { endpoint: 'https://kms.example.com?query' }],
    ['endpoint', { endpoint: 'ftp://127.0.0.1' }],
    ['endpoint', { endpoint: 'kms.example.com' }],
  ])('with such a %s: %j', async (name, part) => {
    const request = { ...place, keyId, region, endpoint: service.url, ...part };
    expect((await refusalOf(() => seal.create(request))).message).toBe(
      `The ${name} of the KMS seal cannot be used.`,
    );
  });

  it('over plain HTTP, although the environment asks for it', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://203.0.113.1');
    const { message, nextStep } = await refusalOf(() => seal.create({ ...place, keyId, region }));
    expect(message).toContain('would be asked over plain HTTP, and the sealing key sent in clear');
    expect(nextStep).toContain('AWS_ENDPOINT_URL');
  });
});

describe('A kms seal over TLS', () => {
  it('opens where the CA file names who issued the certificate', async () => {
    const [endpoint, caFile] = [await behindTls(), pem(certificate)];
    const { parameters, sealingKey } = await make({ endpoint, caFile });
    expect(parameters).toMatchObject({ endpoint, caFile });
    expect(reveal(await seal.open(parameters, place))).toBe(reveal(sealingKey));
  });

  it.each([
    ['without a CA file', undefined],
    ['with the CA file of another authority', otherAuthority],
  ])('is refused %s, even where the environment turns the check off', async (_what, authority) => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const endpoint = await behindTls();
    const ca = authority === undefined ? {} : { caFile: pem(authority) };
    const { message, isTransient } = await refusalOf(() => make({ endpoint, ...ca }));
    expect(message).toBe(`The TLS certificate of the KMS at ${endpoint} is not trusted.`);
    expect(isTransient).toBe(false);
  });

  it.skipIf(process.platform !== 'linux')(
    'is refused at an address that the certificate does not carry',
    async () => {
      const server = createTlsServer({ cert: certificate, key: certificateKey });
      const endpoint = `https://${await listenOn(server, '127.0.0.2')}`;
      const { message } = await refusalOf(() => make({ endpoint, caFile: pem(certificate) }));
      expect(message).toBe(`The TLS certificate of the KMS at ${endpoint} is not trusted.`);
    },
  );

  it.each<readonly [string, () => string]>([
    ['that is missing', () => '/nowhere/ca.pem'],
    ['that holds no certificate', () => pem('hello')],
    ['that is far too long', () => pem(certificate + ' '.repeat(2_000_000))],
    [
      'that is a folder',
      () => {
        const path = join(temporaryFolder(), 'ca.pem');
        mkdirSync(path);
        return path;
      },
    ],
  ])('is refused with a CA file %s', async (_what, file) => {
    const caFile = file();
    const { message } = await refusalOf(() => make({ endpoint: 'https://127.0.0.1:1', caFile }));
    expect(message).toBe(`The CA file ${caFile} of the seal cannot be read or holds no certificate.`);
  });
});

describe('The parameters of a kms seal', () => {
  const valid = {
    keyId: 'arn:aws:kms:eu-west-2:000000000000:key/1',
    region,
    encryptedSealingKey: Buffer.alloc(184, 1).toString('base64'),
  };

  it.each([
    {},
    { endpoint: 'https://kms.example.com:4599' },
    { endpoint: 'http://localhost:4599' },
    { endpoint: 'http://[::1]:4599' },
    { caFile: '/etc/ca.pem' },
  ])('may be given with %j', (part) => {
    expect(seal.parametersSchema.safeParse({ ...valid, ...part }).success).toBe(true);
  });

  it.each([
    ['plain HTTP to elsewhere', { endpoint: 'http://10.0.0.1:4599' }],
    ['an undefined endpoint', { endpoint: undefined }],
    ['an empty blob', { encryptedSealingKey: '' }],
    ['a blob above the bound of the API', { encryptedSealingKey: Buffer.alloc(6145).toString('base64') }],
    ['a region that leads elsewhere', { region: 'x.example.com#' }],
    ['a key id with a line break', { keyId: 'a\nb' }],
    ['an access key', { accessKeyId: 'AKIA' }],
  ])('are refused with %s', (_what, part) => {
    expect(seal.parametersSchema.safeParse({ ...valid, ...part }).success).toBe(false);
  });
});
