import {
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  type KMSClient,
  ReplicateKeyCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  UpdatePrimaryRegionCommand,
} from '@aws-sdk/client-kms';
import { day, refusalOf, type TestService } from '@keyhaven/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { backUp, makeIdentity, restored, restoreOptions, temporaryFolder } from '../backup/restorable.ts';
import { readStoredFacts } from '../durability/stored-facts.ts';
import { home, regions, second, type TestRegion, third, ThreeRegions } from './regions.ts';

async function opened(): Promise<ThreeRegions> {
  const kms = new ThreeRegions();
  await kms.start();
  onTestFinished(() => kms.close());
  return kms;
}

/** Backs up, does something, and restores the backup with the journal of all that. */
async function restoredAfter(kms: ThreeRegions, work: () => Promise<void>): Promise<TestService> {
  const identity = await makeIdentity();
  const backup = await backUp(kms.service, { to: temporaryFolder(), recipients: [identity.recipient] });
  await work();
  const { service } = await restored(restoreOptions(kms.service, identity, backup.path));
  expect(readStoredFacts(service.dataDir).flaws).toEqual([]);
  const { findings } = await service.admin('doctor');
  // That a backup was restored is a warning.
  expect(findings).not.toContainEqual(expect.objectContaining({ level: 'failure' }));
  return service;
}

const inRegion = (service: TestService, region: TestRegion): KMSClient => service.client({ region });
const describeIn = async (service: TestService, region: TestRegion, KeyId: string) =>
  (await inRegion(service, region).send(new DescribeKeyCommand({ KeyId }))).KeyMetadata;

async function destroyIn(kms: ThreeRegions, region: TestRegion, KeyId: string): Promise<void> {
  await kms.in(region).send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  await kms.service.advance(7 * day + 60);
}

describe('A restore of multi-Region keys', () => {
  it('brings back all related keys, which open what any of them encrypted, and agree', async () => {
    const kms = await opened();
    const KeyId = await kms.createRelated([second, third]);
    await kms.in(home).send(new RotateKeyOnDemandCommand({ KeyId }));
    const { CiphertextBlob } = await kms
      .in(third)
      .send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }));
    const before = await Promise.all(regions.map((region) => kms.describe(region, KeyId)));
    const service = await restoredAfter(kms, () => Promise.resolve());
    const after = await Promise.all(regions.map((region) => describeIn(service, region, KeyId)));
    expect(after).toEqual(before);
    for (const region of regions)
      await inRegion(service, region).send(new DecryptCommand({ CiphertextBlob }));
  });

  it('settles what was Creating in the backup', async () => {
    let isHeld = true;
    const kms = new ThreeRegions();
    await kms.start({ isSettlingHeld: () => isHeld });
    onTestFinished(() => kms.close());
    const KeyId = await kms.createPrimary();
    await kms.replicate(KeyId, second);
    const service = await restoredAfter(kms, () => Promise.resolve());
    isHeld = false;
    expect((await kms.describe(second, KeyId)).KeyState).toBe('Creating');
    expect((await describeIn(service, second, KeyId))?.KeyState).toBe('Enabled');
  });

  it('destroys again a replica that was destroyed since, and leaves the others, which can be replicated again', async () => {
    const kms = await opened();
    const KeyId = await kms.createRelated([second, third]);
    const { CiphertextBlob } = await kms
      .in(second)
      .send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }));
    const service = await restoredAfter(kms, () => destroyIn(kms, second, KeyId));
    const gone = await refusalOf(describeIn(service, second, KeyId));
    expect(gone.name).toBe('NotFoundException');
    await inRegion(service, third).send(new DecryptCommand({ CiphertextBlob }));
    await inRegion(service, home).send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: second }));
    await service.advance(1);
    await inRegion(service, second).send(new DecryptCommand({ CiphertextBlob }));
  });

  it('begins the waiting period of a primary whose last replica was destroyed since, as of then', async () => {
    const kms = await opened();
    const KeyId = await kms.createRelated([second]);
    await kms.in(home).send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 30 }));
    const service = await restoredAfter(kms, () => destroyIn(kms, second, KeyId));
    const before = await kms.describe(home, KeyId);
    const after = await describeIn(service, home, KeyId);
    expect(after).toMatchObject({ KeyState: 'PendingDeletion', DeletionDate: before.DeletionDate });
    expect(after?.PendingDeletionWindowInDays).toBeUndefined();
  });

  it('leaves that primary waiting while there is another replica', async () => {
    const kms = await opened();
    const KeyId = await kms.createRelated([second, third]);
    await kms.in(home).send(new ScheduleKeyDeletionCommand({ KeyId }));
    const service = await restoredAfter(kms, () => destroyIn(kms, second, KeyId));
    expect((await describeIn(service, home, KeyId))?.KeyState).toBe('PendingReplicaDeletion');
  });

  it('does not leave replicas without a primary where that had moved on and was destroyed as a replica', async () => {
    const kms = await opened();
    const KeyId = await kms.createRelated([second, third]);
    const service = await restoredAfter(kms, async () => {
      await kms.in(home).send(new UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion: second }));
      await kms.settle();
      await destroyIn(kms, home, KeyId);
    });
    expect((await refusalOf(describeIn(service, home, KeyId))).name).toBe('NotFoundException');
    for (const region of [second, third] as const) {
      const description = await describeIn(service, region, KeyId);
      expect(description?.MultiRegionConfiguration?.PrimaryKey?.Region).toBe(second);
    }
    await inRegion(service, second).send(new RotateKeyOnDemandCommand({ KeyId }));
    expect((await describeIn(service, third, KeyId))?.CurrentKeyMaterialId).toBe(
      (await describeIn(service, second, KeyId))?.CurrentKeyMaterialId,
    );
  });
});
