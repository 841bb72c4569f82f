import {
  CancelKeyDeletionCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  type KeyMetadata,
  ScheduleKeyDeletionCommand,
  UpdatePrimaryRegionCommand,
} from '@aws-sdk/client-kms';
import { day, refusalOf } from '@keyhaven/testkit';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { membersOf, refusal } from '../kms/kms-under-test.ts';
import { arnIn, home, second, type TestRegion, third, ThreeRegions } from './regions.ts';

// Each test has a service of its own: the clock that it moves is the service's.
let kms: ThreeRegions;
beforeEach(async () => {
  kms = new ThreeRegions();
  await kms.start();
  onTestFinished(() => kms.close());
});

const schedule = async (region: TestRegion, KeyId: string, PendingWindowInDays = 7) =>
  membersOf(await kms.in(region).send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays })));
const cancel = (region: TestRegion, KeyId: string) =>
  kms.in(region).send(new CancelKeyDeletionCommand({ KeyId }));
const gone = async (region: TestRegion, KeyId: string) =>
  expect(await refusalOf(kms.in(region).send(new DescribeKeyCommand({ KeyId })))).toEqual(
    refusal('NotFoundException', `Key '${arnIn(region, KeyId)}' does not exist`),
  );
const deletionOf = ({ KeyState, DeletionDate, PendingDeletionWindowInDays, Enabled }: KeyMetadata) => ({
  KeyState,
  DeletionDate,
  PendingDeletionWindowInDays,
  Enabled,
});

async function encrypt(region: TestRegion, KeyId: string): Promise<Uint8Array | undefined> {
  const Plaintext = Buffer.from('x');
  return (await kms.in(region).send(new EncryptCommand({ KeyId, Plaintext }))).CiphertextBlob;
}

describe('Scheduling the deletion of a primary key that has replicas', () => {
  it('answers PendingReplicaDeletion and the waiting period, and no date', async () => {
    const KeyId = await kms.createRelated([second]);
    expect(await schedule(home, KeyId, 9)).toEqual({
      KeyId: arnIn(home, KeyId),
      KeyState: 'PendingReplicaDeletion',
      PendingWindowInDays: 9,
    });
    expect(deletionOf(await kms.describe(home, KeyId))).toEqual({
      KeyState: 'PendingReplicaDeletion',
      PendingDeletionWindowInDays: 9,
      DeletionDate: undefined,
      Enabled: false,
    });
    expect(await kms.describe(second, KeyId)).toMatchObject({ KeyState: 'Enabled', Enabled: true });
  });

  it('lasts for as long as there is a replica, which stays usable', async () => {
    const KeyId = await kms.createRelated([second]);
    await schedule(home, KeyId);
    await kms.service.advance(400 * day);
    expect((await kms.describe(home, KeyId)).KeyState).toBe('PendingReplicaDeletion');
    await encrypt(second, KeyId);
  });

  it('is refused a second time, as are the uses of the key', async () => {
    const KeyId = await kms.createRelated([second]);
    await schedule(home, KeyId);
    const pending = refusal('KMSInvalidStateException', `${arnIn(home, KeyId)} is pending deletion.`);
    expect(await refusalOf(schedule(home, KeyId))).toEqual(pending);
    expect(await refusalOf(encrypt(home, KeyId))).toEqual(pending);
    expect(await refusalOf(kms.replicate(KeyId, third))).toEqual(pending);
    const update = new UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion: second });
    expect(await refusalOf(kms.in(home).send(update))).toEqual(pending);
  });

  it('is cancelled into Disabled, and then waits for nothing', async () => {
    const KeyId = await kms.createRelated([second]);
    await schedule(home, KeyId);
    await cancel(home, KeyId);
    expect(deletionOf(await kms.describe(home, KeyId))).toEqual({
      KeyState: 'Disabled',
      PendingDeletionWindowInDays: undefined,
      DeletionDate: undefined,
      Enabled: false,
    });
    await schedule(second, KeyId);
    await kms.service.advance(8 * day);
    await gone(second, KeyId);
    expect((await kms.describe(home, KeyId)).KeyState).toBe('Disabled');
  });

  it('begins the waiting period when the last replica is gone, and not before', async () => {
    const KeyId = await kms.createRelated([second, third]);
    await schedule(home, KeyId, 10);
    await schedule(second, KeyId, 7);
    await schedule(third, KeyId, 20);
    await kms.service.advance(8 * day);
    await gone(second, KeyId);
    expect((await kms.describe(home, KeyId)).KeyState).toBe('PendingReplicaDeletion');
    await kms.service.advance(12 * day);
    await gone(third, KeyId);
    const { KeyState, DeletionDate, PendingDeletionWindowInDays, MultiRegionConfiguration } =
      await kms.describe(home, KeyId);
    expect({ KeyState, PendingDeletionWindowInDays }).toEqual({ KeyState: 'PendingDeletion' });
    expect(MultiRegionConfiguration?.ReplicaKeys).toEqual([]);
    const { lastReplicaAt } = destructionsIn(kms);
    expect(Number(DeletionDate)).toBe(lastReplicaAt + 10 * day * 1000);
    await kms.service.advance(10 * day - 3600);
    expect((await kms.describe(home, KeyId)).KeyState).toBe('PendingDeletion');
    await kms.service.advance(3600);
    await gone(home, KeyId);
  });

  it('can be cancelled after the last replica is gone as well', async () => {
    const KeyId = await kms.createRelated([second]);
    await schedule(home, KeyId);
    await schedule(second, KeyId);
    await kms.service.advance(8 * day);
    await cancel(home, KeyId);
    await kms.service.advance(400 * day);
    expect((await kms.describe(home, KeyId)).KeyState).toBe('Disabled');
  });

  it('is over a restart what it was', async () => {
    const KeyId = await kms.createRelated([second]);
    await schedule(home, KeyId, 9);
    await kms.restart();
    expect(deletionOf(await kms.describe(home, KeyId))).toMatchObject({
      KeyState: 'PendingReplicaDeletion',
      PendingDeletionWindowInDays: 9,
    });
  });
});

/** When the last replica was destroyed, as the journal tells. */
function destructionsIn({ service }: ThreeRegions): { readonly lastReplicaAt: number } {
  const times = service
    .journal()
    .filter(({ eventName }) => eventName === 'DeleteKey')
    .map(({ eventTime }) => Number(eventTime));
  return { lastReplicaAt: Math.max(...times) };
}

describe('Scheduling the deletion of a primary key without replicas', () => {
  it('answers PendingDeletion and a date at once, also after its replicas are gone', async () => {
    const KeyId = await kms.createRelated([second]);
    await schedule(second, KeyId);
    await kms.service.advance(8 * day);
    const reply = await schedule(home, KeyId);
    expect(reply).toMatchObject({ KeyState: 'PendingDeletion', PendingWindowInDays: 7 });
    expect(reply.DeletionDate).toBeInstanceOf(Date);
  });
});

describe('A replica that is destroyed', () => {
  it('leaves the others with their key material, cached and stored', async () => {
    const KeyId = await kms.createRelated([second, third]);
    const blob = await encrypt(second, KeyId);
    for (const region of [home, third] as const)
      await kms.in(region).send(new DecryptCommand({ CiphertextBlob: blob }));
    await schedule(second, KeyId);
    await kms.service.advance(8 * day);
    await gone(second, KeyId);
    const decrypt = () => kms.in(home).send(new DecryptCommand({ CiphertextBlob: blob }));
    await decrypt();
    expect((await kms.describe(home, KeyId)).MultiRegionConfiguration?.ReplicaKeys).toEqual([
      { Arn: arnIn(third, KeyId), Region: third },
    ]);
    await kms.restart();
    await decrypt();
    await kms.in(third).send(new DecryptCommand({ CiphertextBlob: blob }));
  });

  it('no longer opens anything in its Region', async () => {
    const KeyId = await kms.createRelated([second]);
    const CiphertextBlob = await encrypt(second, KeyId);
    await schedule(second, KeyId);
    await kms.service.advance(8 * day);
    expect((await refusalOf(kms.in(second).send(new DecryptCommand({ CiphertextBlob })))).name).toBe(
      'AccessDeniedException',
    );
  });

  it('may be made anew, destroyed again and made anew again, and opens what the first one encrypted', async () => {
    const KeyId = await kms.createRelated([second]);
    const CiphertextBlob = await encrypt(second, KeyId);
    for (let round = 0; round < 2; round++) {
      await schedule(second, KeyId);
      await kms.service.advance(8 * day);
      await gone(second, KeyId);
      await kms.replicate(KeyId, second, { Description: `round ${round}` });
      await kms.settle();
      expect((await kms.describe(second, KeyId)).Description).toBe(`round ${round}`);
      await kms.in(second).send(new DecryptCommand({ CiphertextBlob }));
    }
    expect(await kms.flaws()).toEqual([]);
  });

  it('does not come back with the deletion cancelled too late', async () => {
    const KeyId = await kms.createRelated([second]);
    await schedule(second, KeyId);
    await kms.service.advance(8 * day);
    expect((await refusalOf(cancel(second, KeyId))).name).toBe('NotFoundException');
  });
});

describe('A store with multi-Region keys', () => {
  it('shows an examination nothing that is wrong, whatever has been done to them', async () => {
    const KeyId = await kms.createRelated([second, third]);
    await kms.in(home).send(new UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion: second }));
    await kms.settle();
    await schedule(home, KeyId);
    await schedule(second, KeyId);
    await schedule(third, KeyId, 20);
    await kms.service.advance(8 * day);
    const rest = await kms.createRelated([third]);
    await schedule(home, rest);
    expect(await kms.flaws()).toEqual([]);
  });
});
