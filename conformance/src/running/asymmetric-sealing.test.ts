import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { startTestService, type TestService } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SignedConnection } from './signed-connection.ts';

const connections = 6;
const rounds = 3;
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

let service: TestService;
let signingKey: string;
let symmetricKey: string;
let publicKey: KeyObject;

beforeAll(async () => {
  service = await startTestService();
  const connection = new SignedConnection(service.url);
  const create = async (input: object) => {
    const { json } = await connection.send('CreateKey', input);
    return (json['KeyMetadata'] as { readonly KeyId: string }).KeyId;
  };
  symmetricKey = await create({});
  signingKey = await create({ KeySpec: 'RSA_3072', KeyUsage: 'SIGN_VERIFY' });
  const { json } = await connection.send('GetPublicKey', { KeyId: signingKey });
  const key = Buffer.from(String(json['PublicKey']), 'base64');
  publicKey = createPublicKey({ key, format: 'der', type: 'spki' });
  connection.close();
});
afterAll(() => service.close());

/** What the connections saw: replies that were right, replies that said 503, and everything else. */
class Seen {
  right = 0;
  unavailable = 0;
  readonly faults: string[] = [];

  async until(enough: () => boolean): Promise<void> {
    while (!enough() && this.faults.length === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Signs on one turn, and asks for a data key pair on the next, sometimes for one that takes long, until it is over. */
async function work(name: number, seen: Seen, over: AbortSignal): Promise<void> {
  const connection = new SignedConnection(service.url);
  for (let turn = 0; !over.aborted; turn++) {
    const message = Buffer.from(`${name} ${turn}`);
    const isSigning = turn % 2 === 0;
    const { status, error, json } = isSigning
      ? await connection.send('Sign', {
          KeyId: signingKey,
          Message: base64(message),
          SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256',
        })
      : await connection.send('GenerateDataKeyPair', {
          KeyId: symmetricKey,
          KeyPairSpec: turn % 8 === 1 ? 'RSA_2048' : 'ECC_NIST_P384',
        });
    if (status === 503 && error === 'ServiceUnavailableException') seen.unavailable++;
    else if (error !== undefined) seen.faults.push(`${status} ${error}`);
    else if (isSigning && !isSignatureOf(message, json['Signature'])) seen.faults.push('a wrong signature');
    else seen.right++;
  }
  connection.close();
}

const isSignatureOf = (message: Buffer, signature: unknown) =>
  verify('sha256', message, publicKey, Buffer.from(String(signature), 'base64'));

describe('Sealing while key pairs are made and used', () => {
  it(
    `answers every request correctly or with 503, over ${rounds} rounds of ${connections} connections`,
    { timeout: 120_000 },
    async () => {
      const seen = new Seen();
      const over = new AbortController();
      const working = Promise.all(
        Array.from({ length: connections }, (_, name) => work(name, seen, over.signal)),
      );
      for (let round = 0; round < rounds; round++) {
        const { right, unavailable } = seen;
        await seen.until(() => seen.right >= right + 2 * connections);
        expect(await service.admin('seal')).toMatchObject({ isSealed: true });
        await seen.until(() => seen.unavailable >= unavailable + connections);
        expect(await service.admin('unseal')).toMatchObject({ isSealed: false });
      }
      const { right } = seen;
      await seen.until(() => seen.right >= right + connections);
      over.abort();
      await working;
      expect(seen.faults).toEqual([]);
    },
  );
});
