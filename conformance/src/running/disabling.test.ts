import { startTestService, type TestService } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Credentials, developer, type Reply, SignedConnection } from './signed-connection.ts';

/** How often each way of disabling is tried. */
const rounds = Number(process.env['DISABLING_TEST_ROUNDS'] ?? 12);
const connections = 16;
/** What each connection still sends when it knows that the key or its caller is disabled. */
const requestsAfter = 5;

const base64 = (text: string) => Buffer.from(text).toString('base64');
const developerAccount = '000000000000';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

/** Who uses which key, and how it is taken from them. */
interface Trial {
  readonly credentials: Credentials;
  readonly keyId: string;
  readonly disable: () => Promise<unknown>;
}

interface Outcome {
  readonly operation: string;
  readonly reply: Reply;
}

async function createKey(connection: SignedConnection): Promise<string> {
  const { json } = await connection.send('CreateKey', {});
  return (json['KeyMetadata'] as { readonly KeyId: string }).KeyId;
}

async function succeed(reply: Promise<Reply>): Promise<void> {
  const { error } = await reply;
  if (error !== undefined) throw new Error(`it was refused with ${error}`);
}

/** Uses a key in every way that a key can be used. */
class Hammer {
  readonly #connection: SignedConnection;
  readonly #keyId: string;
  readonly #blob: string;
  #turn = 0;

  constructor(connection: SignedConnection, keyId: string, blob: string, turn: number) {
    this.#connection = connection;
    this.#keyId = keyId;
    this.#blob = blob;
    this.#turn = turn;
  }

  async strike(): Promise<Outcome> {
    const [KeyId, CiphertextBlob] = [this.#keyId, this.#blob];
    const uses: readonly (readonly [string, object])[] = [
      ['Encrypt', { KeyId, Plaintext: base64('x') }],
      ['Decrypt', { CiphertextBlob }],
      ['GenerateDataKey', { KeyId, KeySpec: 'AES_256' }],
      ['Decrypt', { CiphertextBlob, KeyId }],
      ['GenerateDataKeyWithoutPlaintext', { KeyId, KeySpec: 'AES_128' }],
      ['ReEncrypt', { CiphertextBlob, DestinationKeyId: KeyId }],
    ];
    const [operation, input] = uses[this.#turn++ % uses.length] ?? ['', {}];
    return { operation, reply: await this.#connection.send(operation, input) };
  }
}

/** Hammers a key from many connections, disables it, and goes on; answers what was sent before the reply, and after. */
async function hammerAndDisable({ credentials, keyId, disable }: Trial) {
  const open = Array.from({ length: connections }, () => new SignedConnection(service.url, credentials));
  const first = await open[0]?.send('Encrypt', { KeyId: keyId, Plaintext: base64('x') });
  const blob = String(first?.json['CiphertextBlob']);
  const before: Outcome[] = [];
  const after: Outcome[] = [];
  let isDisabled = false;
  let disabling: Promise<unknown> | undefined;
  await Promise.all(
    open.map(async (connection, turn) => {
      const hammer = new Hammer(connection, keyId, blob, turn);
      for (let sentAfter = 0; sentAfter < requestsAfter;) {
        const outcomes = isDisabled ? after : before;
        if (isDisabled) sentAfter++;
        outcomes.push(await hammer.strike());
        if (before.length < 3 * connections) continue;
        disabling ??= disable().finally(() => {
          isDisabled = true;
        });
      }
    }),
  );
  await disabling;
  for (const connection of open) connection.close();
  return { before, after };
}

const denying = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${developerAccount}:root` },
      Action: 'kms:*',
      Resource: '*',
    },
    {
      Effect: 'Deny',
      Principal: '*',
      Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
      Resource: '*',
    },
  ],
});

/** A key of the developer's, taken from them by an operation. */
async function byOperation(operation: string, inputOf: (KeyId: string) => object): Promise<Trial> {
  const connection = new SignedConnection(service.url);
  const keyId = await createKey(connection);
  const disable = async () => {
    await succeed(connection.send(operation, inputOf(keyId)));
    connection.close();
  };
  return { credentials: developer, keyId, disable };
}

/** A key of an account of its own, taken from it by the administrator. */
async function byAdministrator(
  act: string,
  bodyOf: (account: { readonly accountId: string; readonly accessKeyId: string }) => object,
): Promise<Trial> {
  const { accountId, accessKeyId, secretAccessKey } = await service.admin('account-create');
  const account = { accountId: String(accountId), accessKeyId: String(accessKeyId) };
  const credentials = { accessKeyId: account.accessKeyId, secretAccessKey: String(secretAccessKey) };
  const connection = new SignedConnection(service.url, credentials);
  const keyId = await createKey(connection);
  connection.close();
  return { credentials, keyId, disable: () => service.admin(act, bodyOf(account)) };
}

/** Everything sent after the reply is refused with one of the errors; what was under way may be, and nothing else. */
async function expectAllRefused(trial: Trial, errors: readonly string[], round: number): Promise<void> {
  const { before, after } = await hammerAndDisable(trial);
  const succeeded = ({ reply: { error } }: Outcome) => error === undefined;
  const isExpected = ({ reply: { error = '' } }: Outcome) => errors.includes(error);
  expect(after).toHaveLength(connections * requestsAfter);
  expect(
    after.filter((outcome) => !isExpected(outcome)),
    `in round ${round}`,
  ).toEqual([]);
  expect(
    before.filter((outcome) => !succeeded(outcome) && !isExpected(outcome)),
    `in round ${round}`,
  ).toEqual([]);
  expect(before.filter(succeeded).length).toBeGreaterThanOrEqual(2 * connections);
}

describe('What is sent after the reply to', () => {
  const disableKey = () => byOperation('DisableKey', (KeyId) => ({ KeyId }));

  it.each<readonly [string, readonly string[], () => Promise<Trial>]>([
    ['DisableKey', ['DisabledException'], disableKey],
    [
      'ScheduleKeyDeletion',
      ['KMSInvalidStateException'],
      () => byOperation('ScheduleKeyDeletion', (KeyId) => ({ KeyId })),
    ],
    [
      'PutKeyPolicy with a Deny',
      ['AccessDeniedException'],
      () => byOperation('PutKeyPolicy', (KeyId) => ({ KeyId, Policy: denying })),
    ],
    [
      "the administrator's account-disable",
      ['UnrecognizedClientException'],
      () => byAdministrator('account-disable', ({ accountId }) => ({ accountId })),
    ],
    [
      "the administrator's access-key-disable",
      ['UnrecognizedClientException'],
      () => byAdministrator('access-key-disable', ({ accessKeyId }) => ({ accessKeyId })),
    ],
  ])(
    `%s never succeeds, over ${rounds} rounds of ${connections} connections`,
    { timeout: 10_000 + rounds * 3000 },
    async (_way, errors, prepare) => {
      for (let round = 0; round < rounds; round++) await expectAllRefused(await prepare(), errors, round);
    },
  );

  it(
    'DisableKey never succeeds while every domain key is replaced',
    { timeout: 10_000 + rounds * 3000 },
    async () => {
      const over = new AbortController();
      const rotating = (async () => {
        while (!over.signal.aborted) await service.admin('domain-rotate', { scope: { kind: 'all' } });
      })();
      for (let round = 0; round < rounds; round++)
        await expectAllRefused(await disableKey(), ['DisabledException'], round);
      over.abort();
      await rotating;
    },
  );

  it('EnableKey, and to account-enable, succeeds again', async () => {
    const { keyId, disable } = await disableKey();
    await disable();
    const connection = new SignedConnection(service.url);
    const encrypt = () => connection.send('Encrypt', { KeyId: keyId, Plaintext: base64('x') });
    expect((await encrypt()).error).toBe('DisabledException');
    await succeed(connection.send('EnableKey', { KeyId: keyId }));
    await succeed(encrypt());
    await service.admin('account-disable', { accountId: developerAccount });
    expect((await encrypt()).error).toBe('UnrecognizedClientException');
    await service.admin('account-enable', { accountId: developerAccount });
    await succeed(encrypt());
    connection.close();
  });
});
