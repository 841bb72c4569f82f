import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GetKeyPolicyCommand,
  type KMSClient,
  PutKeyPolicyCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UpdatePrimaryRegionCommand,
} from '@aws-sdk/client-kms';
import { day, refusalOf } from '@keyhaven/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { refusal } from '../kms/kms-under-test.ts';
import { rootPolicy } from '../kms/requests.ts';
import { arnIn, home, regions, second, third, ThreeRegions } from './regions.ts';

/** While this is true, the service leaves keys Creating and Updating. */
let isHeld = false;
const kms = new ThreeRegions();
beforeAll(() => kms.start({ isSettlingHeld: () => isHeld }));
afterAll(() => kms.close());
beforeEach(() => {
  isHeld = true;
});
afterEach(() => {
  isHeld = false;
});

async function settleAll(): Promise<void> {
  isHeld = false;
  await kms.settle();
}

async function creating(): Promise<string> {
  const KeyId = await kms.createPrimary();
  await kms.replicate(KeyId, second);
  return KeyId;
}

async function updating(): Promise<string> {
  isHeld = false;
  const KeyId = await kms.createRelated([second, third]);
  isHeld = true;
  await kms.in(home).send(new UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion: second }));
  return KeyId;
}

const encrypt = (KeyId: string) => new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') });

describe('A replica that is Creating', () => {
  it('is described as that, not enabled and without key material, and is Enabled once it is settled', async () => {
    const KeyId = await creating();
    const before = await kms.describe(second, KeyId);
    expect(before).toMatchObject({ KeyState: 'Creating', Enabled: false });
    expect(before.CurrentKeyMaterialId).toBeUndefined();
    await settleAll();
    const { CurrentKeyMaterialId } = await kms.describe(home, KeyId);
    expect(await kms.describe(second, KeyId)).toMatchObject({
      KeyState: 'Enabled',
      Enabled: true,
      CurrentKeyMaterialId,
    });
  });

  it('leaves its primary Enabled, which can be used and replicated further', async () => {
    const KeyId = await creating();
    await kms.in(home).send(encrypt(KeyId));
    await kms.replicate(KeyId, third);
    expect((await kms.describe(home, KeyId)).MultiRegionConfiguration?.ReplicaKeys).toHaveLength(2);
  });

  it('stays so over a restart while settling is held, and is settled by a restart without', async () => {
    const KeyId = await creating();
    await kms.restart();
    expect((await kms.describe(second, KeyId)).KeyState).toBe('Creating');
    isHeld = false;
    await kms.restart();
    expect((await kms.describe(second, KeyId)).KeyState).toBe('Enabled');
  });

  it.each<readonly [string, (KeyId: string) => Promise<unknown>]>([
    ['Encrypt', (KeyId) => kms.in(second).send(encrypt(KeyId))],
    ['DisableKey', (KeyId) => kms.in(second).send(new DisableKeyCommand({ KeyId }))],
    ['EnableKey', (KeyId) => kms.in(second).send(new EnableKeyCommand({ KeyId }))],
  ])('refuses %s with KMSInvalidStateException', async (_name, send) => {
    const KeyId = await creating();
    expect(await refusalOf(send(KeyId))).toEqual(
      refusal('KMSInvalidStateException', `${arnIn(second, KeyId)} is creating.`),
    );
  });

  it('refuses to become the primary', async () => {
    const KeyId = await creating();
    const update = new UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion: second });
    expect(await refusalOf(kms.in(home).send(update))).toEqual(
      refusal('KMSInvalidStateException', `${arnIn(second, KeyId)} is creating.`),
    );
  });

  it('takes a policy, tags and aliases of its own', async () => {
    const KeyId = await creating();
    const client = kms.in(second);
    await client.send(new PutKeyPolicyCommand({ KeyId, Policy: rootPolicy() }));
    await client.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] }));
    await client.send(new CreateAliasCommand({ AliasName: `alias/${KeyId}`, TargetKeyId: KeyId }));
    await client.send(new GetKeyPolicyCommand({ KeyId }));
    expect((await kms.describe(second, KeyId)).KeyState).toBe('Creating');
  });

  it('gets the key material of a rotation that comes before it is settled', async () => {
    const KeyId = await creating();
    await kms.in(home).send(new RotateKeyOnDemandCommand({ KeyId }));
    await settleAll();
    const [primary, replica] = [await kms.describe(home, KeyId), await kms.describe(second, KeyId)];
    expect(replica.CurrentKeyMaterialId).toBe(primary.CurrentKeyMaterialId);
    await kms.in(second).send(encrypt(KeyId));
  });

  it('is scheduled for deletion and cancelled into Disabled, whatever would have followed', async () => {
    const KeyId = await creating();
    await kms.in(second).send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    await settleAll();
    expect((await kms.describe(second, KeyId)).KeyState).toBe('PendingDeletion');
    await kms.in(second).send(new CancelKeyDeletionCommand({ KeyId }));
    await kms.settle();
    expect((await kms.describe(second, KeyId)).KeyState).toBe('Disabled');
  });
});

describe('Keys that are Updating', () => {
  it('are both keys whose roles change, and no other; they stay enabled, and are as they were once settled', async () => {
    const KeyId = await updating();
    const states = () => Promise.all(regions.map((region) => kms.describe(region, KeyId)));
    expect((await states()).map(({ KeyState, Enabled }) => [KeyState, Enabled])).toEqual([
      ['Updating', true],
      ['Updating', true],
      ['Enabled', true],
    ]);
    await settleAll();
    expect((await states()).map(({ KeyState }) => KeyState)).toEqual(['Enabled', 'Enabled', 'Enabled']);
  });

  it('can be used, rotated by the new primary, and moved back', async () => {
    const KeyId = await updating();
    for (const region of regions) await kms.in(region).send(encrypt(KeyId));
    await kms.in(second).send(new RotateKeyOnDemandCommand({ KeyId }));
    await kms.in(second).send(new EnableKeyRotationCommand({ KeyId }));
    await kms.in(second).send(new UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion: home }));
    await settleAll();
    for (const region of regions) expect((await kms.describe(region, KeyId)).KeyState).toBe('Enabled');
    expect((await kms.describe(home, KeyId)).MultiRegionConfiguration?.MultiRegionKeyType).toBe('PRIMARY');
  });

  it.each<readonly [string, (client: KMSClient, KeyId: string) => Promise<unknown>]>([
    ['DisableKey', (client, KeyId) => client.send(new DisableKeyCommand({ KeyId }))],
    ['EnableKey', (client, KeyId) => client.send(new EnableKeyCommand({ KeyId }))],
    ['ScheduleKeyDeletion', (client, KeyId) => client.send(new ScheduleKeyDeletionCommand({ KeyId }))],
  ])('refuse %s with KMSInvalidStateException', async (_name, send) => {
    const KeyId = await updating();
    for (const region of [home, second] as const)
      expect(await refusalOf(send(kms.in(region), KeyId))).toEqual(
        refusal('KMSInvalidStateException', `${arnIn(region, KeyId)} is updating.`),
      );
  });

  it('refuse to be replicated', async () => {
    isHeld = false;
    const KeyId = await kms.createRelated([second]);
    isHeld = true;
    await kms.in(home).send(new UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion: second }));
    expect(await refusalOf(kms.replicate(KeyId, third, {}, second))).toEqual(
      refusal('KMSInvalidStateException', `${arnIn(second, KeyId)} is updating.`),
    );
  });
});

describe('Settling', () => {
  it('needs no request and no minute: the commit itself brings it about', async () => {
    isHeld = false;
    const KeyId = await creating();
    const described = () => kms.in(second).send(new DescribeKeyCommand({ KeyId }));
    // The time-out of the test ends the wait for a key that is not settled by itself; no job round comes so soon.
    while ((await described()).KeyMetadata?.KeyState === 'Creating')
      await new Promise((resolve) => setImmediate(resolve));
    expect((await described()).KeyMetadata?.KeyState).toBe('Enabled');
  }, 30_000);

  it('is recorded once for each key', async () => {
    const KeyId = await updating();
    const before = kms.service.journal().length;
    await settleAll();
    await kms.service.advance(day);
    const records = kms.service
      .journal()
      .slice(before)
      .filter(({ resources }) => JSON.stringify(resources ?? []).includes(KeyId));
    expect(records.map(({ eventName, awsRegion }) => [eventName, awsRegion])).toEqual([
      ['SynchronizeMultiRegionKey', home],
      ['SynchronizeMultiRegionKey', second],
    ]);
  });
});
