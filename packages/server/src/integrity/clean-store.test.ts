import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyRotationCommand,
  PutKeyPolicyCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
} from '@aws-sdk/client-kms';
import { defaultKeyPolicy } from '@keyhaven/policy';
import { day, type TestService } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  continueStore,
  copyOf,
  examineStopped,
  fillStore,
  type StoppedStore,
} from './stopped-store.test-support.ts';

const regions = ['eu-west-2', 'us-east-1', 'cn-north-1'];
const seededAccounts = ['111111111111', '222222222222'];

function seedText(): string {
  const account = (id: string) => `
  - id: "${id}"
    rootAccessKeys: [{ accessKeyId: AKIA${id}, secretAccessKey: only for tests }]
    regions: { eu-west-2: { keys: [{ aliases: [alias/a, alias/b], tags: { Team: payments } }, { aliases: [alias/c] }] } }`;
  return `accounts:${seededAccounts.map(account).join('')}\n`;
}

/** A hundred keys in each of three Regions, with whatever can be done to a key done to some. */
async function fillWithEverything(service: TestService): Promise<void> {
  for (const region of regions) {
    const kms = service.client({ region });
    await kms.send(new DescribeKeyCommand({ KeyId: 'alias/aws/s3' }));
    for (let n = 0; n < 100; n++) {
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Description: `key ${n}` }));
      const KeyId = KeyMetadata?.KeyId ?? '';
      const AliasName = `alias/key-${n}`;
      if (n % 3 === 0) await kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyId }));
      if (n % 9 === 0) await kms.send(new DeleteAliasCommand({ AliasName }));
      if (n % 4 === 0)
        await kms.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'Schlüssel', TagValue: `${n}` }] }));
      if (n % 5 === 0) await kms.send(new RotateKeyOnDemandCommand({ KeyId }));
      if (n % 6 === 0) await kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
      const Policy = defaultKeyPolicy('000000000000').replace('Enable IAM', 'Do enable IAM');
      if (n % 7 === 0) await kms.send(new PutKeyPolicyCommand({ KeyId, Policy }));
      if (n % 8 === 0) await kms.send(new DisableKeyCommand({ KeyId }));
      if (n % 10 === 0) await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    }
  }
  await service.advance(100 * day);
}

/** What must stay as it is; the lock, and SQLite's files beside the database, hold nothing. */
const kept = ['keyhaven.db', 'seal.json', 'file-seal.key', 'journal/00000001.jsonl'];
const bytesOf = (dataDir: string) => kept.map((name) => readFileSync(join(dataDir, name), 'base64'));

let store: StoppedStore;

beforeAll(async () => {
  store = await fillStore(fillWithEverything);
  const seed = join(store.dataDir, '..', 'seed.yaml');
  writeFileSync(seed, seedText());
  await continueStore(store.dataDir, () => Promise.resolve(), { seed });
});
afterAll(() => {
  store.remove();
});

describe('A store that nobody damaged', () => {
  it('gives no finding, and every row of every table is read', async () => {
    const { findings, counts, journal } = await examineStopped(store.dataDir);
    expect(findings).toEqual([]);
    const destroyed = 3 * 10;
    expect(counts).toMatchObject({
      kms_key: 3 * 101 + 2 * 2 - destroyed,
      key_policy: 3 * 101 + 2 * 2 - destroyed,
      account: 3,
      access_key: 3,
      head: 3 + 2,
      domain_key: 3 + 1,
    });
    expect(counts['tombstone']).toBeGreaterThan(2 * destroyed);
    expect(journal).toMatchObject({ segments: 1, waiting: 0, isCompared: true });
    expect(journal.lines).toBeGreaterThan(600);
  });

  it('is not changed by being examined', async () => {
    const copy = copyOf(store.dataDir);
    const before = bytesOf(copy);
    await examineStopped(copy);
    expect(bytesOf(copy)).toEqual(before);
  });

  it('gives no finding after another start', async () => {
    const copy = copyOf(store.dataDir);
    await examineStopped(copy);
    await continueStore(copy, async (service) => {
      await service.client().send(new CreateKeyCommand({}));
    });
    expect((await examineStopped(copy)).findings).toEqual([]);
  });
});
