import type { Worker } from 'node:worker_threads';
import {
  CreateKeyCommand,
  EncryptCommand,
  GenerateDataKeyPairWithoutPlaintextCommand,
  GetPublicKeyCommand,
  type KeySpec,
  type KMSClient,
  ScheduleKeyDeletionCommand,
  SignCommand,
  type SigningAlgorithmSpec,
} from '@aws-sdk/client-kms';
import { createPublicKey, verify } from 'node:crypto';
import { day, refusalOf, startTestService, type TestService } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const Message = Buffer.from('a message');
const signedBy = { RSA_4096: 'RSASSA_PKCS1_V1_5_SHA_256', ECC_NIST_P256: 'ECDSA_SHA_256' } as const;

let service: TestService;
let kms: KMSClient;
/** Every thread that was started since the service was. */
const threads: Worker[] = [];
const note = (worker: Worker) => threads.push(worker);

beforeAll(async () => {
  service = await startTestService();
  kms = service.client();
  process.on('worker', note);
});
afterAll(async () => {
  process.off('worker', note);
  await service.close();
});

async function createKey(input: { readonly KeySpec?: KeySpec; readonly KeyUsage?: 'SIGN_VERIFY' } = {}) {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand(input));
  return KeyMetadata?.KeyId ?? '';
}

const signing = (KeySpec: keyof typeof signedBy) => createKey({ KeySpec, KeyUsage: 'SIGN_VERIFY' });
const sign = async (KeyId: string, SigningAlgorithm: SigningAlgorithmSpec) =>
  (await kms.send(new SignCommand({ KeyId, Message, SigningAlgorithm }))).Signature ?? new Uint8Array();

/** Notes in which order what is under way ends. */
class Endings {
  readonly order: string[] = [];

  watch(name: string, work: Promise<unknown>): Promise<void> {
    return work.then(() => {
      this.order.push(name);
    });
  }

  countOf(name: string): number {
    return this.order.filter((one) => one === name).length;
  }
}

describe('While RSA key pairs are made', () => {
  it('symmetric encryption, elliptic curves and new keys are answered, although they were asked for later', async () => {
    const [symmetric, ecc] = [await createKey(), await signing('ECC_NIST_P256')];
    await sign(ecc, 'ECDSA_SHA_256');
    const endings = new Endings();
    const slow = Array.from({ length: 8 }, () =>
      endings.watch(
        'slow',
        kms.send(
          new GenerateDataKeyPairWithoutPlaintextCommand({ KeyId: symmetric, KeyPairSpec: 'RSA_4096' }),
        ),
      ),
    );
    for (let turn = 0; turn < 10; turn++) {
      await endings.watch('quick', kms.send(new EncryptCommand({ KeyId: symmetric, Plaintext: Message })));
      await endings.watch('quick', sign(ecc, 'ECDSA_SHA_256'));
      await endings.watch('quick', createKey());
    }
    // Whatever held up the event loop would have let the eight, which were there before, go first.
    expect(endings.countOf('quick')).toBe(30);
    expect(endings.countOf('slow')).toBeLessThan(8);
    await Promise.all(slow);
  });
});

describe('While many RSA signatures are made', () => {
  it('a symmetric request that comes after them is answered before the last of them', async () => {
    const [symmetric, rsa] = [await createKey(), await signing('RSA_4096')];
    await sign(rsa, signedBy.RSA_4096);
    const endings = new Endings();
    const slow = Array.from({ length: 40 }, () => endings.watch('slow', sign(rsa, signedBy.RSA_4096)));
    await endings.watch('quick', kms.send(new EncryptCommand({ KeyId: symmetric, Plaintext: Message })));
    expect(endings.countOf('slow')).toBeLessThan(40);
    await Promise.all(slow);
    expect(endings.countOf('slow')).toBe(40);
  });

  it('each is the signature of its own message under its own key', async () => {
    const ids = await Promise.all([signing('ECC_NIST_P256'), signing('ECC_NIST_P256'), signing('RSA_4096')]);
    const publicKeys = await Promise.all(
      ids.map(async (KeyId) => {
        const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId }));
        return createPublicKey({ key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' });
      }),
    );
    const checks = Array.from({ length: 60 }, async (_, at) => {
      const which = at % 3;
      const [KeyId, publicKey] = [ids[which] ?? '', publicKeys[which]];
      const own = Buffer.from(`message ${at}`);
      const SigningAlgorithm = which === 2 ? signedBy.RSA_4096 : signedBy.ECC_NIST_P256;
      const { Signature } = await kms.send(new SignCommand({ KeyId, Message: own, SigningAlgorithm }));
      return publicKey !== undefined && verify('sha256', own, publicKey, Signature ?? new Uint8Array());
    });
    expect(await Promise.all(checks)).toEqual(Array(60).fill(true));
  });
});

describe('A thread that dies while it signs', () => {
  it('costs the requests that it had, which are KMSInternalException; the next one works', async () => {
    const rsa = await signing('RSA_4096');
    await sign(rsa, signedBy.RSA_4096);
    const outcomeOf = (request: Promise<Uint8Array>) => request.catch(() => refusalOf(request));
    const under = Array.from({ length: 40 }, () => outcomeOf(sign(rsa, signedBy.RSA_4096)));
    // The first answer shows that they have arrived.
    await Promise.race(under);
    await Promise.all(threads.map((thread) => thread.terminate()));
    const outcomes = await Promise.all(under);
    const failed = outcomes.filter((outcome) => !(outcome instanceof Uint8Array));
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThan(40);
    for (const outcome of failed)
      expect(outcome).toMatchObject({ name: 'KMSInternalException', status: 500 });
    expect(await sign(rsa, signedBy.RSA_4096)).toHaveLength(512);
    const records = service.journal().filter(({ errorCode }) => errorCode === 'KMSInternalException');
    expect(records).toHaveLength(failed.length);
    expect(records.every(({ eventName }) => eventName === 'Sign')).toBe(true);
  });
});

describe('A signing key that is destroyed', () => {
  it('signs nothing more, and its public key is gone', async () => {
    const KeyId = await signing('ECC_NIST_P256');
    await sign(KeyId, 'ECDSA_SHA_256');
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    await service.advance(8 * day);
    expect((await refusalOf(sign(KeyId, 'ECDSA_SHA_256'))).name).toBe('NotFoundException');
    expect((await refusalOf(kms.send(new GetPublicKeyCommand({ KeyId })))).name).toBe('NotFoundException');
  });
});
