import { appendFileSync, existsSync, readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { startTestService, type TestService } from '@keyhaven/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send } from './raw-http.ts';
import {
  callerIdentity,
  presign,
  type RequestOptions,
  sign,
  toBytesOf,
  withHeader,
  withoutHeader,
} from './signed-request.ts';

let service: TestService;
let keyId: string;
let blob: string;

async function call(
  operation: string,
  body: unknown,
  more: RequestOptions = {},
): Promise<Record<string, unknown>> {
  const reply = await send(service.url, toBytesOf(await sign(service.url, { operation, body, ...more })));
  return JSON.parse(reply.body) as Record<string, unknown>;
}

beforeAll(async () => {
  service = await startTestService();
  const { KeyMetadata } = await call('CreateKey', {});
  keyId = (KeyMetadata as { KeyId: string }).KeyId;
  blob = String((await call('Encrypt', { KeyId: keyId, Plaintext: 'YQ==' }))['CiphertextBlob']);
});

afterAll(() => service.close());

/** How long a connection is left open for a reply before the client ends it; nothing is asserted about it. */
const patienceMs = 150;

/** Writes the bytes, then ends its side after a while; answers every status that came back, and how it ended. */
function throwAt(bytes: Uint8Array): Promise<readonly number[]> {
  const { hostname, port } = new URL(service.url);
  const { promise, resolve } = Promise.withResolvers<readonly number[]>();
  const socket = connect(Number(port), hostname);
  let received = '';
  let timer: NodeJS.Timeout;
  const end = () => {
    clearTimeout(timer);
    timer = setTimeout(() => socket.end(), patienceMs);
  };
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
    end();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    clearTimeout(timer);
    resolve([...received.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status)));
  });
  socket.write(bytes);
  end();
  return promise;
}

/** Throws many at a time, then asks for something good. */
async function expectToSurvive(attacks: readonly Uint8Array[]): Promise<void> {
  const statuses = (await Promise.all(attacks.map(throwAt))).flat();
  expect(statuses.filter((status) => status >= 500)).toEqual([]);
  expect(await call('GenerateRandom', { NumberOfBytes: 8 })).toHaveProperty('Plaintext');
}

const batchOf = <T>(item: fc.Arbitrary<T>) => fc.array(item, { minLength: 30, maxLength: 30, size: 'max' });

describe('whatever is thrown at the port, no reply is a fault of the service, and it goes on:', () => {
  it('random bytes', async () => {
    const bytes = fc.uint8Array({ maxLength: 2000, size: 'max' });
    await fc.assert(fc.asyncProperty(batchOf(bytes), expectToSurvive), { numRuns: 8 });
  });

  it('requests put together from scraps', async () => {
    const scrap = fc.constantFrom(
      'POST ',
      'GET ',
      'OPTIONS ',
      '/ ',
      '/health ',
      '/_keyhaven/clock ',
      '/?Action=GetCallerIdentity ',
      '* ',
      'HTTP/1.1\r\n',
      'HTTP/1.0\r\n',
      'HTTP/0.9\r\n',
      '\r\n',
      '\r\n\r\n',
      'host: localhost\r\n',
      'host: evil\r\n',
      'content-length: 2\r\n',
      'content-length: 99999999999\r\n',
      'transfer-encoding: chunked\r\n',
      '0\r\n\r\n',
      '{}',
      '{"KeyId":',
      'content-type: application/x-amz-json-1.1\r\n',
      'x-amz-target: TrentService.Encrypt\r\n',
      'authorization: AWS4-HMAC-SHA256 Credential=,,,===\r\n',
      'x-amz-date: 0\r\n',
      '\0',
      '\x80\xff',
      'expect: 100-continue\r\n',
      'connection: upgrade\r\nupgrade: websocket\r\n',
    );
    const request = fc
      .array(scrap, { minLength: 1, maxLength: 14, size: 'max' })
      .map((scraps) => Buffer.from(scraps.join(''), 'latin1'));
    await fc.assert(fc.asyncProperty(batchOf(request), expectToSurvive), { numRuns: 8 });
  });

  it('signed requests of which a few bytes were changed, left out or put in', async () => {
    const good = toBytesOf(
      await sign(service.url, { operation: 'Encrypt', body: { KeyId: keyId, Plaintext: 'YQ==' } }),
    );
    const edit = fc.record({
      at: fc.nat(good.length - 1),
      removed: fc.nat(3),
      put: fc.uint8Array({ maxLength: 3 }),
    });
    const edited = fc
      .array(edit, { minLength: 1, maxLength: 4 })
      .map((edits) =>
        edits.reduce<Buffer>(
          (bytes, { at, removed, put }) =>
            Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + removed)]),
          good,
        ),
      );
    await fc.assert(fc.asyncProperty(batchOf(edited), expectToSurvive), { numRuns: 8 });
  });
});

describe('whatever is signed, the reply is an answer or a refusal of the protocol:', () => {
  const operations = [
    'Encrypt',
    'Decrypt',
    'ReEncrypt',
    'GenerateDataKey',
    'GenerateDataKeyWithoutPlaintext',
    'GenerateRandom',
    'CreateKey',
    'DescribeKey',
    'ListKeys',
    'ListAliases',
    'CreateAlias',
    'UpdateAlias',
    'DeleteAlias',
    'TagResource',
    'UntagResource',
    'ListResourceTags',
    'GetKeyPolicy',
    'ListKeyPolicies',
    'EnableKeyRotation',
    'GetKeyRotationStatus',
    'ListKeyRotations',
    'UpdateKeyDescription',
    'CancelKeyDeletion',
  ];
  const names = [
    'KeyId',
    'Plaintext',
    'CiphertextBlob',
    'EncryptionContext',
    'GrantTokens',
    'EncryptionAlgorithm',
    'DryRun',
    'DryRunModifiers',
    'Recipient',
    'NumberOfBytes',
    'KeySpec',
    'SourceKeyId',
    'DestinationKeyId',
    'Limit',
    'Marker',
    'AliasName',
    'TargetKeyId',
    'Tags',
    'TagKeys',
    'Policy',
    'PolicyName',
    'Description',
    'KeyUsage',
    'Origin',
    'MultiRegion',
    'RotationPeriodInDays',
    'IncludeKeyMaterial',
    '__proto__',
    'constructor',
  ];

  async function expectAnswer(operation: string, body: string, more: RequestOptions = {}): Promise<void> {
    const reply = await send(service.url, toBytesOf(await sign(service.url, { operation, body, ...more })));
    expect([200, 400]).toContain(reply.status);
    if (reply.status === 400)
      expect(JSON.parse(reply.body)).toMatchObject({ __type: expect.any(String) as string });
    else if (reply.body !== '') JSON.parse(reply.body);
  }

  it('random JSON', async () => {
    const json = fc.oneof(
      fc.json(),
      fc.object({ key: fc.constantFrom(...names) }).map((value) => JSON.stringify(value)),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...operations), json, (operation, body) =>
        expectAnswer(operation, body),
      ),
      { numRuns: 300 },
    );
  });

  it('the members of the API with values of every kind', async () => {
    const value = fc.oneof(
      fc.constantFrom<unknown>(
        '',
        'alias/a',
        'alias/aws/s3',
        'default',
        'AES_256',
        'SYMMETRIC_DEFAULT',
        0,
        1,
        -1,
        32,
        4096,
        2 ** 31,
        1e308,
        true,
        false,
        null,
      ),
      fc.constantFrom<unknown>(
        [],
        {},
        [[]],
        [{ TagKey: 'a', TagValue: 'b' }],
        [{ TagKey: null }],
        ['IGNORE_CIPHERTEXT'],
        { a: 'b' },
        { __proto__: null },
      ),
      fc.constant(undefined).map(() => keyId),
      fc.constant(undefined).map(() => blob),
      fc.base64String({ maxLength: 64 }),
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.string({ maxLength: 20 }).map((text) => `arn:aws:kms:eu-west-2:000000000000:${text}`),
    );
    const members = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 8 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...operations), members, (operation, body) =>
        expectAnswer(operation, JSON.stringify(body)),
      ),
      { numRuns: 400 },
    );
  });

  it('random headers', async () => {
    const name = fc
      .stringMatching(/^x-[a-z0-9!#$%&'*+.^_`|~-]{1,20}$/)
      .filter((text) => !text.startsWith('x-amz-'));
    const value = fc.stringMatching(/^[!-~]([ -~]{0,60}[!-~])?$/).map((text) => text.replaceAll(/ +/g, ' '));
    const headers = fc.dictionary(name, value, { maxKeys: 10 });
    await fc.assert(
      fc.asyncProperty(headers, async (more) => {
        const reply = await send(service.url, toBytesOf(await sign(service.url, { headers: more })));
        expect(reply.status).toBe(200);
      }),
      { numRuns: 100 },
    );
  });

  it('random forms', async () => {
    const form = fc.oneof(
      fc.string({ maxLength: 100 }),
      fc.webQueryParameters(),
      fc.string({ unit: 'binary' }).map((text) => `Action=${text}`),
    );
    await fc.assert(
      fc.asyncProperty(form, async (body) => {
        const reply = await send(
          service.url,
          toBytesOf(await sign(service.url, { ...callerIdentity, body })),
        );
        expect(reply.status).toBe(400);
        expect(reply.body).toMatch(/^<ErrorResponse .*<\/ErrorResponse>$/s);
      }),
      { numRuns: 100 },
    );
  });
});

describe('who does not authenticate', () => {
  const marker = 'KEYHAVEN-CANARY';
  const securityLog = () => join(service.dataDir, 'security.log');
  const linesOf = (path: string) => readFileSync(path, 'utf8').trim().split('\n');

  it('leaves no record in the journal and no secret in the security log', async () => {
    const before = service.journal();
    const secret = {
      KeyId: keyId,
      Plaintext: Buffer.from(marker).toString('base64'),
      EncryptionContext: { [marker]: marker },
    };
    const signed = await sign(service.url, {
      operation: 'Encrypt',
      body: secret,
      sessionToken: marker,
      secretAccessKey: marker,
    });
    const form = {
      ...callerIdentity,
      body: `Action=GetCallerIdentity&Version=2011-06-15&${marker}=${marker}`,
    };
    for (const request of [
      signed,
      withoutHeader(signed, 'authorization'),
      withHeader(signed, 'authorization', `Bearer ${marker}`),
      withHeader(
        signed,
        'authorization',
        `AWS4-HMAC-SHA256 Credential=${marker}, SignedHeaders=${marker}, Signature=${marker}`,
      ),
      withHeader(signed, 'x-amz-target', marker),
      withHeader(signed, 'user-agent', marker),
      { ...signed, target: `/${marker}` },
      { ...signed, method: 'GET' },
      { ...signed, body: Buffer.from(`{"${marker}`) },
      await sign(service.url, { body: secret, accessKeyId: marker }),
      await presign(service.url, { body: secret, sessionToken: marker, secretAccessKey: marker }),
      await sign(service.url, { ...form, secretAccessKey: marker }),
      await sign(service.url, { ...form, body: `Action=${marker}` }),
    ]) {
      const reply = await send(service.url, toBytesOf(request));
      expect(reply.status).toBeGreaterThanOrEqual(400);
    }
    expect(service.journal()).toEqual(before);
    const log = readFileSync(securityLog(), 'latin1');
    expect(log).not.toContain(marker);
    expect(log).not.toContain(Buffer.from(marker).toString('base64'));
    expect(statSync(securityLog()).mode & 0o077).toBe(0);
  });

  it('is noted with time, request id, address and error code', async () => {
    const quiet = await startTestService();
    const reply = await send(quiet.url, toBytesOf(await sign(quiet.url, { secretAccessKey: 'wrong' })));
    expect(linesOf(join(quiet.dataDir, 'security.log')).map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        time: expect.any(Number) as number,
        requestId: reply.headers.get('x-amzn-requestid'),
        sourceIPAddress: '127.0.0.1',
        errorCode: 'InvalidSignatureException',
        unlogged: 0,
      },
    ]);
    await quiet.close();
  });

  it('cannot fill the security log: its lines are counted and not written above a rate', async () => {
    const request = toBytesOf(await sign(service.url, { secretAccessKey: 'wrong' }));
    const linesBefore = linesOf(securityLog()).length;
    const begun = performance.now();
    await Promise.all(Array.from({ length: 600 }, () => send(service.url, request)));
    const seconds = Math.ceil((performance.now() - begun) / 1000) + 1;
    const written = linesOf(securityLog()).length - linesBefore;
    expect(written).toBeLessThanOrEqual(20 * seconds);
  });

  it('cannot fill the security log: it is cut at 1 MiB and one older file is kept', async () => {
    const path = securityLog();
    const restarted = async () => {
      appendFileSync(path, `${'x'.repeat(1024)}\n`.repeat(1025));
      service = await service.restart();
      await send(service.url, toBytesOf(await sign(service.url, { secretAccessKey: 'wrong' })));
    };
    await restarted();
    expect(statSync(path).size).toBeLessThan(1000);
    expect(statSync(`${path}.1`).size).toBeGreaterThan(1024 * 1024);
    await restarted();
    expect(statSync(path).size).toBeLessThan(1000);
    expect(existsSync(`${path}.2`)).toBe(false);
  });
});
