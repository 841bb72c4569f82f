import {
  CancelKeyDeletionCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GetKeyRotationStatusCommand,
  type KMSClient,
  ListKeyRotationsCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { day, refusalOf } from '@keyhaven/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { plaintext } from './key-kinds.ts';
import { KmsUnderTest, membersOf, refusal, useKms } from './kms-under-test.ts';

const periodDays = 90;

/** The times at which a key has rotated automatically, oldest first. */
async function rotationsOf(client: KMSClient, KeyId: string): Promise<readonly number[]> {
  const { Rotations = [] } = await client.send(new ListKeyRotationsCommand({ KeyId }));
  return Rotations.filter(({ RotationType }) => RotationType === 'AUTOMATIC').map(({ RotationDate }) =>
    Number(RotationDate),
  );
}

const nextDateOf = async (client: KMSClient, KeyId: string) =>
  Number((await client.send(new GetKeyRotationStatusCommand({ KeyId }))).NextRotationDate);

async function createRotatingKey(kms: KmsUnderTest) {
  const key = await kms.furnishKey();
  await kms.client.send(new EnableKeyRotationCommand({ KeyId: key.id, RotationPeriodInDays: periodDays }));
  return key;
}

describe('automatic rotation', () => {
  const kms = useKms();
  const rotations = (KeyId: string) => rotationsOf(kms.client, KeyId);
  const decrypt = async (CiphertextBlob: Uint8Array | undefined) =>
    kms.client.send(new DecryptCommand({ CiphertextBlob }));

  it('comes a period after it was enabled, not a minute before, and then every period', async () => {
    const { id } = await createRotatingKey(kms);
    await kms.service.advance(periodDays * day - 60);
    expect(await rotations(id)).toHaveLength(0);
    const due = await nextDateOf(kms.client, id);
    await kms.service.advance(60);
    expect(await rotations(id)).toHaveLength(1);
    const [first = 0] = await rotations(id);
    expect(first).toBeGreaterThanOrEqual(due);
    expect(await nextDateOf(kms.client, id)).toBe(first + periodDays * day * 1000);
    await kms.service.advance(periodDays * day - 60);
    expect(await rotations(id)).toHaveLength(1);
    await kms.service.advance(60);
    expect(await rotations(id)).toHaveLength(2);
  });

  it('keeps key id, ARN and aliases, and old ciphertext opens with the key material that made it', async () => {
    const { id, arn, aliasName, ciphertextBlob, metadata } = await createRotatingKey(kms);
    await kms.service.advance(periodDays * day);
    await kms.client.send(new RotateKeyOnDemandCommand({ KeyId: id }));
    const { KeyMetadata } = await kms.client.send(new DescribeKeyCommand({ KeyId: aliasName }));
    expect(KeyMetadata?.Arn).toBe(arn);
    const { CiphertextBlob } = await kms.client.send(
      new EncryptCommand({ KeyId: id, Plaintext: new Uint8Array([2]) }),
    );
    expect(await decrypt(ciphertextBlob)).toMatchObject({
      KeyId: arn,
      Plaintext: plaintext,
      KeyMaterialId: metadata.CurrentKeyMaterialId,
    });
    expect(await decrypt(CiphertextBlob)).toMatchObject({
      KeyId: arn,
      Plaintext: new Uint8Array([2]),
      KeyMaterialId: KeyMetadata?.CurrentKeyMaterialId,
    });
  });

  it('is listed beside on-demand rotations, each with its type', async () => {
    const { id: KeyId } = await createRotatingKey(kms);
    await kms.client.send(new RotateKeyOnDemandCommand({ KeyId }));
    await kms.service.advance(periodDays * day);
    const { Rotations = [] } = await kms.client.send(new ListKeyRotationsCommand({ KeyId }));
    expect(Rotations.map(({ RotationType, KeyMaterialState }) => [RotationType, KeyMaterialState])).toEqual([
      ['ON_DEMAND', 'NON_CURRENT'],
      ['AUTOMATIC', 'CURRENT'],
    ]);
  });

  it('writes one RotateKey record that names the key', async () => {
    const { arn } = await createRotatingKey(kms);
    await kms.service.advance(periodDays * day);
    const records = kms.service
      .journal()
      .filter(({ eventName, resources }) => eventName === 'RotateKey' && String(resources) === arn);
    expect(records).toEqual([
      expect.objectContaining({ eventType: 'AwsServiceEvent', rotationType: 'AUTOMATIC' }),
    ]);
  });

  it('does not come after DisableKeyRotation', async () => {
    const { id: KeyId } = await createRotatingKey(kms);
    await kms.client.send(new DisableKeyRotationCommand({ KeyId }));
    await kms.service.advance(2 * periodDays * day);
    expect(await rotations(KeyId)).toHaveLength(0);
  });

  it('waits while the key is disabled, and comes once when it is enabled again', async () => {
    const { id: KeyId, ciphertextBlob } = await createRotatingKey(kms);
    await kms.client.send(new DisableKeyCommand({ KeyId }));
    await kms.service.advance(3 * periodDays * day);
    expect(await rotations(KeyId)).toHaveLength(0);
    expect(await kms.client.send(new GetKeyRotationStatusCommand({ KeyId }))).toMatchObject({
      KeyRotationEnabled: true,
    });
    await kms.client.send(new EnableKeyCommand({ KeyId }));
    await kms.service.advance(60);
    expect(await rotations(KeyId)).toHaveLength(1);
    expect((await decrypt(ciphertextBlob)).Plaintext).toEqual(plaintext);
  });

  it('is suspended and reads as off while the key is pending deletion, and is restored by CancelKeyDeletion', async () => {
    const { id: KeyId, arn } = await createRotatingKey(kms);
    await kms.service.advance((periodDays - 5) * day);
    await kms.client.send(new ScheduleKeyDeletionCommand({ KeyId }));
    await kms.service.advance(10 * day);
    const status = await kms.client.send(new GetKeyRotationStatusCommand({ KeyId }));
    expect(membersOf(status)).toEqual({ KeyId: arn, KeyRotationEnabled: false });
    expect(await rotations(KeyId)).toHaveLength(0);
    await kms.client.send(new CancelKeyDeletionCommand({ KeyId }));
    expect(await kms.client.send(new GetKeyRotationStatusCommand({ KeyId }))).toMatchObject({
      KeyRotationEnabled: true,
      RotationPeriodInDays: periodDays,
    });
  });

  it('does not use up the 25 on-demand rotations', async () => {
    const { id: KeyId } = await createRotatingKey(kms);
    await kms.service.advance(periodDays * day);
    for (let count = 0; count < 25; count++) await kms.client.send(new RotateKeyOnDemandCommand({ KeyId }));
    const request = kms.client.send(new RotateKeyOnDemandCommand({ KeyId }));
    expect((await refusalOf(request)).name).toBe('LimitExceededException');
    await kms.service.advance(periodDays * day);
    expect(await rotations(KeyId)).toHaveLength(2);
  });
});

describe('a rotation that falls due while the service is down', () => {
  let kms: KmsUnderTest;

  beforeEach(async () => {
    kms = new KmsUnderTest();
    await kms.start();
  });

  afterEach(async () => {
    await kms.close();
    vi.useRealTimers();
  });

  it.each([
    ['before its date', periodDays - 1, 0],
    ['after its date', periodDays + 1, 1],
    ['after many of its dates', 10 * periodDays, 1],
  ])('%s: a start %i days later rotates %i times', async (_when, days, times) => {
    const { id, ciphertextBlob } = await createRotatingKey(kms);
    vi.setSystemTime(Date.now() + days * day * 1000);
    await kms.restart();
    // A client for one request: from the Date header, which is not moved, it would learn the wrong time.
    expect(await rotationsOf(kms.service.client(), id)).toHaveLength(times);
    const request = new DecryptCommand({ CiphertextBlob: ciphertextBlob });
    expect((await kms.service.client().send(request)).Plaintext).toEqual(plaintext);
  });

  it('is counted by the clock that was moved before the restart', async () => {
    const { id } = await createRotatingKey(kms);
    await kms.service.advance(50 * day);
    await kms.restart();
    await kms.service.advance(40 * day - 60);
    expect(await rotationsOf(kms.client, id)).toHaveLength(0);
    await kms.service.advance(60);
    expect(await rotationsOf(kms.client, id)).toHaveLength(1);
  });

  it('does not come for a disabled key: Decrypt still refuses it with DisabledException', async () => {
    const { id: KeyId, arn, ciphertextBlob: CiphertextBlob } = await createRotatingKey(kms);
    await kms.client.send(new DisableKeyCommand({ KeyId }));
    vi.setSystemTime(Date.now() + 2 * periodDays * day * 1000);
    await kms.restart();
    expect(await rotationsOf(kms.service.client(), KeyId)).toHaveLength(0);
    const request = kms.service.client().send(new DecryptCommand({ CiphertextBlob }));
    expect(await refusalOf(request)).toEqual(refusal('DisabledException', `${arn} is disabled.`));
  });
});
