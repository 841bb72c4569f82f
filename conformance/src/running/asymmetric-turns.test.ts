import {
  CreateKeyCommand,
  DisableKeyCommand,
  GenerateDataKeyPairWithoutPlaintextCommand,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { type Refusal, refusalOf, startTestService, type TestService } from '@keyhaven/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let service: TestService;
let kms: KMSClient;
beforeEach(async () => {
  service = await startTestService();
  kms = service.client();
});
afterEach(() => service.close());

async function createKey(): Promise<string> {
  return (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '';
}

/** Asks for so many RSA_4096 pairs at once. */
function askForPairs(KeyId: string, count: number): readonly Promise<unknown>[] {
  return Array.from({ length: count }, () =>
    kms.send(new GenerateDataKeyPairWithoutPlaintextCommand({ KeyId, KeyPairSpec: 'RSA_4096' })),
  );
}

/** What each came to: the refusal, or undefined for a pair. */
function outcomesOf(asked: readonly Promise<unknown>[]): Promise<readonly (Refusal | undefined)[]> {
  return Promise.all(
    asked.map((one) =>
      one.then(
        () => undefined,
        () => refusalOf(one),
      ),
    ),
  );
}

const namesOf = (outcomes: readonly (Refusal | undefined)[]) =>
  new Set(outcomes.map((outcome) => outcome?.name ?? 'a pair'));

describe('Many RSA key pairs that are asked for at once', () => {
  it('do not hold up a sealing: what has not begun is refused with 503', { timeout: 60_000 }, async () => {
    const asked = askForPairs(await createKey(), 24);
    const outcomes = outcomesOf(asked);
    // The first pair shows that the others have arrived, and wait.
    await Promise.race(asked);
    await service.admin('seal');
    const refused = (await outcomes).filter((outcome) => outcome !== undefined);
    expect(refused.length).toBeGreaterThan(12);
    for (const one of refused)
      expect(one).toMatchObject({ name: 'ServiceUnavailableException', status: 503 });
  });

  it('are refused with ThrottlingException beyond a bound', { timeout: 60_000 }, async () => {
    const asked = askForPairs(await createKey(), 48);
    const outcomes = outcomesOf(asked);
    expect(await refusalOf(Promise.all(asked))).toMatchObject({ name: 'ThrottlingException', status: 400 });
    await service.admin('seal');
    const throttled = (await outcomes).filter((outcome) => outcome?.name === 'ThrottlingException');
    expect(throttled.length).toBeLessThan(20);
  });

  it('are refused once their key is disabled, although they were asked for before', async () => {
    const KeyId = await createKey();
    const asked = askForPairs(KeyId, 4);
    const outcomes = outcomesOf(asked);
    await Promise.race(asked);
    await kms.send(new DisableKeyCommand({ KeyId }));
    expect([...namesOf(await outcomes)].sort()).toEqual(['DisabledException', 'a pair']);
  });
});
