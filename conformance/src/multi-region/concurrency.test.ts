import {
  DecryptCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GetKeyRotationStatusCommand,
  ListKeyRotationsCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  UpdatePrimaryRegionCommand,
} from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { refusal } from '../kms/kms-under-test.ts';
import { arnIn, home, regions, second, type TestRegion, third, useThreeRegions } from './regions.ts';

const kms = useThreeRegions();
const rounds = Array.from({ length: 10 }, (_, at) => at);

const materialIds = async (region: TestRegion, KeyId: string) => {
  const list = new ListKeyRotationsCommand({ KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' });
  return ((await kms.in(region).send(list)).Rotations ?? []).map(({ KeyMaterialId }) => KeyMaterialId);
};

describe('Two requests at once', () => {
  it.each(rounds)(
    'that replicate into one Region: one wins, AlreadyExistsException for the other (round %i)',
    async () => {
      const KeyId = await kms.createPrimary();
      const requests = [1, 2].map(() => kms.replicate(KeyId, second));
      const outcomes = await Promise.allSettled(requests);
      const losers = requests.filter((_, at) => outcomes[at]?.status === 'rejected');
      expect(await Promise.all(losers.map(refusalOf))).toEqual([
        refusal('AlreadyExistsException', `A key with the ARN ${arnIn(second, KeyId)} already exists`),
      ]);
      expect((await kms.describe(home, KeyId)).MultiRegionConfiguration?.ReplicaKeys).toHaveLength(1);
    },
  );

  it.each(rounds)('that replicate into two Regions both succeed (round %i)', async () => {
    const KeyId = await kms.createPrimary();
    await Promise.all([kms.replicate(KeyId, second), kms.replicate(KeyId, third)]);
    expect((await kms.describe(home, KeyId)).MultiRegionConfiguration?.ReplicaKeys).toHaveLength(2);
  });

  it.each(rounds)(
    'that rotate and replicate leave every Region with all key material (round %i)',
    async () => {
      const KeyId = await kms.createRelated([second]);
      const rotate = () => kms.in(home).send(new RotateKeyOnDemandCommand({ KeyId }));
      await Promise.all([rotate(), kms.replicate(KeyId, third), rotate()]);
      await kms.settle();
      const [first, ...others] = await Promise.all(regions.map((region) => materialIds(region, KeyId)));
      expect(first).toHaveLength(3);
      for (const other of others) expect(other).toEqual(first);
      const { CiphertextBlob } = await kms
        .in(third)
        .send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }));
      for (const region of regions) await kms.in(region).send(new DecryptCommand({ CiphertextBlob }));
    },
  );

  it.each(rounds)('that enable rotation and replicate agree on the rotation (round %i)', async () => {
    const KeyId = await kms.createPrimary();
    const enable = new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 });
    await Promise.all([kms.in(home).send(enable), kms.replicate(KeyId, second)]);
    const status = async (region: TestRegion) => {
      const reply = await kms.in(region).send(new GetKeyRotationStatusCommand({ KeyId }));
      return [reply.KeyRotationEnabled, reply.RotationPeriodInDays, reply.NextRotationDate];
    };
    expect(await status(second)).toEqual(await status(home));
  });

  it.each(rounds)(
    'that delete the primary and replicate it leave none that waits for nothing (round %i)',
    async () => {
      const KeyId = await kms.createPrimary();
      const outcomes = await Promise.allSettled([
        kms.in(home).send(new ScheduleKeyDeletionCommand({ KeyId })),
        kms.replicate(KeyId, second),
      ]);
      const isReplicated = outcomes[1].status === 'fulfilled';
      expect(outcomes[0].status).toBe('fulfilled');
      expect((await kms.describe(home, KeyId)).KeyState).toBe(
        isReplicated ? 'PendingReplicaDeletion' : 'PendingDeletion',
      );
    },
  );

  it.each(rounds)('that move the primary to two Regions leave exactly one primary (round %i)', async () => {
    const KeyId = await kms.createRelated([second, third]);
    const move = (PrimaryRegion: string) =>
      kms.in(home).send(new UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion }));
    const outcomes = await Promise.allSettled([move(second), move(third)]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await kms.settle();
    const types = await Promise.all(
      regions.map(
        async (region) => (await kms.describe(region, KeyId)).MultiRegionConfiguration?.MultiRegionKeyType,
      ),
    );
    expect(types.filter((type) => type === 'PRIMARY')).toHaveLength(1);
    expect(types[0]).toBe('REPLICA');
  });
});

describe('After all of it', () => {
  it('an examination finds nothing wrong', async () => {
    expect(await kms.flaws()).toEqual([]);
  });
});
