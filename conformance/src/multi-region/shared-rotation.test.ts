import {
  DecryptCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GetKeyRotationStatusCommand,
  ListKeyRotationsCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  UpdatePrimaryRegionCommand,
} from '@aws-sdk/client-kms';
import { day, refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { membersOf, refusal } from '../kms/kms-under-test.ts';
import { arnIn, home, regions, second, type TestRegion, third, useThreeRegions } from './regions.ts';

const kms = useThreeRegions();

const statusIn = async (region: TestRegion, KeyId: string) =>
  membersOf(await kms.in(region).send(new GetKeyRotationStatusCommand({ KeyId })));
const enable = (KeyId: string, RotationPeriodInDays = 90, region: TestRegion = home) =>
  kms.in(region).send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays }));
const rotate = (KeyId: string, region: TestRegion = home) =>
  kms.in(region).send(new RotateKeyOnDemandCommand({ KeyId }));

/** Every key material of the key in a Region, with all that ListKeyRotations says of it. */
async function materialsIn(region: TestRegion, KeyId: string) {
  const list = new ListKeyRotationsCommand({ KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' });
  return (await kms.in(region).send(list)).Rotations ?? [];
}

async function expectSameMaterials(KeyId: string, count: number): Promise<void> {
  const [first, ...others] = await Promise.all(regions.map((region) => materialsIn(region, KeyId)));
  expect(first).toHaveLength(count);
  for (const other of others) expect(other).toEqual(first);
  const [current, ...currents] = await Promise.all(
    regions.map(async (region) => (await kms.describe(region, KeyId)).CurrentKeyMaterialId),
  );
  expect(first?.at(-1)?.KeyMaterialId).toBe(current);
  for (const other of currents) expect(other).toBe(current);
}

describe('The rotation of a multi-Region key', () => {
  it('is turned on, changed and turned off for all related keys at once', async () => {
    const KeyId = await kms.createRelated([second, third]);
    for (const period of [90, 180]) {
      await enable(KeyId, period);
      const { NextRotationDate } = await statusIn(home, KeyId);
      for (const region of regions)
        expect(await statusIn(region, KeyId)).toEqual({
          KeyId: arnIn(region, KeyId),
          KeyRotationEnabled: true,
          RotationPeriodInDays: period,
          NextRotationDate,
        });
    }
    await kms.in(home).send(new DisableKeyRotationCommand({ KeyId }));
    for (const region of regions)
      expect(await statusIn(region, KeyId)).toEqual({
        KeyId: arnIn(region, KeyId),
        KeyRotationEnabled: false,
      });
  });

  it('comes with a replica that is made later', async () => {
    const KeyId = await kms.createPrimary();
    await enable(KeyId, 180);
    await kms.replicate(KeyId, second);
    const { NextRotationDate } = await statusIn(home, KeyId);
    expect(await statusIn(second, KeyId)).toMatchObject({ RotationPeriodInDays: 180, NextRotationDate });
  });

  it('on demand gives all related keys the same new key material', async () => {
    const KeyId = await kms.createRelated([second, third]);
    await rotate(KeyId);
    await rotate(KeyId);
    await expectSameMaterials(KeyId, 3);
  });

  it('on its date does so once for all related keys, not once for each', async () => {
    const KeyId = await kms.createRelated([second, third]);
    await enable(KeyId, 90);
    await kms.service.advance(90 * day);
    await expectSameMaterials(KeyId, 2);
    await kms.service.advance(90 * day);
    await expectSameMaterials(KeyId, 3);
    const dates = await Promise.all(
      regions.map(async (region) => Number((await statusIn(region, KeyId)).NextRotationDate)),
    );
    expect(new Set(dates).size).toBe(1);
  });

  it('is not done for replicas while the primary is disabled, and reaches replicas that are disabled', async () => {
    const KeyId = await kms.createRelated([second, third]);
    await enable(KeyId, 90);
    for (const region of [home, second]) await kms.in(region).send(new DisableKeyCommand({ KeyId }));
    await kms.service.advance(91 * day);
    await expectSameMaterials(KeyId, 1);
    await kms.in(home).send(new EnableKeyCommand({ KeyId }));
    await kms.service.advance(60);
    await expectSameMaterials(KeyId, 2);
    expect((await kms.describe(second, KeyId)).KeyState).toBe('Disabled');
  });

  it('reaches a replica that waits for its deletion, which opens new ciphertexts once that is cancelled', async () => {
    const KeyId = await kms.createRelated([second, third]);
    await kms.in(second).send(new ScheduleKeyDeletionCommand({ KeyId }));
    await rotate(KeyId);
    await expectSameMaterials(KeyId, 2);
    expect((await kms.describe(second, KeyId)).KeyState).toBe('PendingDeletion');
  });

  it('follows the primary into another Region', async () => {
    const KeyId = await kms.createRelated([second, third]);
    await enable(KeyId, 90);
    await kms.in(home).send(new UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion: third }));
    await kms.settle();
    await rotate(KeyId, third);
    await expectSameMaterials(KeyId, 2);
    await kms.service.advance(90 * day);
    await expectSameMaterials(KeyId, 3);
    expect(await refusalOf(rotate(KeyId, home))).toEqual(
      refusal('UnsupportedOperationException', `${arnIn(home, KeyId)} is not a multi-region primary key.`),
    );
  });

  it('counts on-demand rotations for all related keys together, over a change of the primary Region', async () => {
    const KeyId = await kms.createRelated([second]);
    for (let n = 0; n < 24; n++) await rotate(KeyId);
    await kms.in(home).send(new UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion: second }));
    await kms.settle();
    await rotate(KeyId, second);
    expect((await refusalOf(rotate(KeyId, second))).name).toBe('LimitExceededException');
  });

  it('is recorded in every Region, each time once', async () => {
    const KeyId = await kms.createRelated([second, third]);
    const before = kms.service.journal().length;
    await enable(KeyId, 90);
    await kms.service.advance(90 * day);
    const records = kms.service
      .journal()
      .slice(before)
      .filter(({ resources }) => JSON.stringify(resources ?? []).includes(KeyId))
      .map(({ eventName, awsRegion }) => `${String(eventName)} ${String(awsRegion)}`);
    const elsewhere = [third, second].map((region) => `SynchronizeMultiRegionKey ${region}`);
    expect(records).toEqual([`EnableKeyRotation ${home}`, ...elsewhere, `RotateKey ${home}`, ...elsewhere]);
  });
});

describe('The rotation of a replica', () => {
  it.each([
    ['EnableKeyRotation', (KeyId: string) => enable(KeyId, 90, second)],
    ['DisableKeyRotation', (KeyId: string) => kms.in(second).send(new DisableKeyRotationCommand({ KeyId }))],
    ['RotateKeyOnDemand', (KeyId: string) => rotate(KeyId, second)],
  ])('is refused with UnsupportedOperationException: %s', async (_name, send) => {
    const KeyId = await kms.createRelated([second]);
    expect(await refusalOf(send(KeyId))).toEqual(
      refusal('UnsupportedOperationException', `${arnIn(second, KeyId)} is not a multi-region primary key.`),
    );
    expect(await materialsIn(second, KeyId)).toHaveLength(1);
    expect((await statusIn(second, KeyId)).KeyRotationEnabled).toBe(false);
  });

  it('reads as off while the replica alone waits for its deletion', async () => {
    const KeyId = await kms.createRelated([second, third]);
    await enable(KeyId);
    await kms.in(second).send(new ScheduleKeyDeletionCommand({ KeyId }));
    const enabled = await Promise.all(
      regions.map(async (region) => (await statusIn(region, KeyId)).KeyRotationEnabled),
    );
    expect(enabled).toEqual([true, false, true]);
  });

  it.each([
    ['asymmetric', { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' } as const],
    [
      'of the same kind as an asymmetric primary',
      { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' } as const,
    ],
  ])('is refused without a message for one that is %s', async (_what, input) => {
    const KeyId = await kms.createRelated([second], input);
    for (const region of [home, second] as const)
      expect(await refusalOf(rotate(KeyId, region))).toEqual(refusal('UnsupportedOperationException', ''));
  });
});

describe('Key material in use', () => {
  it('is the new one in every Region from the reply of the rotation on', async () => {
    const KeyId = await kms.createRelated([second, third]);
    const used = async (region: TestRegion) => {
      const { CiphertextBlob } = await kms
        .in(region)
        .send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }));
      return (await kms.in(home).send(new DecryptCommand({ CiphertextBlob }))).KeyMaterialId;
    };
    const before = await Promise.all(regions.map(used));
    await rotate(KeyId);
    const after = await Promise.all(regions.map(used));
    expect(new Set(before).size).toBe(1);
    expect(new Set(after)).toEqual(new Set([(await kms.describe(third, KeyId)).CurrentKeyMaterialId]));
    expect(after[0]).not.toBe(before[0]);
  });
});
