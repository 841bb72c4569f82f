import { randomBytes } from 'node:crypto';
import {
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  ListKeyRotationsCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { day, refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { refusal, useKms } from '../kms/kms-under-test.ts';
import { createExternalKey, importMaterial } from './importing.ts';

const kms = useKms();

/** Tests move the clock, and what is sent is in the service's time. */
let aheadSeconds = 0;
async function advance(seconds: number) {
  aheadSeconds += seconds;
  await kms.service.advance(seconds);
}
const inSeconds = (seconds: number) =>
  new Date((Math.floor(Date.now() / 1000) + aheadSeconds + seconds) * 1000);

const describeKey = async (KeyId: string) =>
  (await kms.client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata;

async function furnish(validForSeconds: number) {
  const key = await createExternalKey(kms.client);
  const material = randomBytes(32);
  const ValidTo = inSeconds(validForSeconds);
  const materialId = await importMaterial(kms.client, key.id, material, { ValidTo });
  const { CiphertextBlob } = await kms.client.send(
    new EncryptCommand({ KeyId: key.id, Plaintext: Buffer.from('kept') }),
  );
  const decrypt = async () =>
    Buffer.from((await kms.client.send(new DecryptCommand({ CiphertextBlob }))).Plaintext ?? []).toString();
  return { ...key, material, materialId, ValidTo, decrypt };
}

const pendingImport = (arn: string) => refusal('KMSInvalidStateException', `${arn} is pending import.`);

const expiryRecords = (arn: string) =>
  kms.service
    .journal()
    .filter(
      ({ eventName, resources }) =>
        eventName === 'DeleteExpiredKeyMaterial' && (resources as string[]).includes(arn),
    );

describe('Imported key material that expires', () => {
  it('is shown with its time, and used until then', async () => {
    const key = await furnish(2 * day);
    expect(await describeKey(key.id)).toMatchObject({
      KeyState: 'Enabled',
      ExpirationModel: 'KEY_MATERIAL_EXPIRES',
      ValidTo: key.ValidTo,
    });
    await advance(2 * day - 600);
    expect(await key.decrypt()).toBe('kept');
  });

  it('is not used any more from its time on', async () => {
    const key = await furnish(day);
    await advance(day + 1);
    expect(await refusalOf(key.decrypt())).toEqual(pendingImport(key.arn));
    const metadata = await describeKey(key.id);
    expect(metadata).toMatchObject({ KeyState: 'PendingImport', CurrentKeyMaterialId: key.materialId });
    expect(metadata?.ValidTo).toBeUndefined();
    expect(metadata?.ExpirationModel).toBeUndefined();
  });

  it('is destroyed with a record of its own, once', async () => {
    const key = await furnish(day);
    await advance(day + 1);
    await advance(3600);
    expect(expiryRecords(key.arn)).toMatchObject([
      { eventType: 'AwsServiceEvent', accountId: '000000000000', keyMaterialIds: [key.materialId] },
    ]);
  });

  it('can be imported again, and opens what it encrypted before', async () => {
    const key = await furnish(day);
    await advance(day + 1);
    expect(await importMaterial(kms.client, key.id, key.material)).toBe(key.materialId);
    expect(await key.decrypt()).toBe('kept');
    await advance(400 * day);
    expect(await key.decrypt()).toBe('kept');
  });

  it('is not destroyed where it was imported again in time, for longer', async () => {
    const key = await furnish(day);
    await importMaterial(kms.client, key.id, key.material, { ValidTo: inSeconds(10 * day) });
    await advance(2 * day);
    expect(await key.decrypt()).toBe('kept');
    expect(expiryRecords(key.arn)).toEqual([]);
  });

  it('leaves a key that is pending deletion so', async () => {
    const key = await furnish(day);
    await kms.client.send(new ScheduleKeyDeletionCommand({ KeyId: key.id }));
    await advance(day + 1);
    expect(await describeKey(key.id)).toMatchObject({ KeyState: 'PendingDeletion' });
    expect(expiryRecords(key.arn)).toHaveLength(1);
  });

  it('makes a disabled key refuse to be enabled', async () => {
    const key = await furnish(day);
    await kms.client.send(new DisableKeyCommand({ KeyId: key.id }));
    await advance(day + 1);
    const request = kms.client.send(new EnableKeyCommand({ KeyId: key.id }));
    expect(await refusalOf(request)).toEqual(pendingImport(key.arn));
  });

  it('takes the whole key with it where it was replaced by a rotation', async () => {
    const key = await furnish(day);
    const ImportType = 'NEW_KEY_MATERIAL';
    const newer = randomBytes(32);
    await importMaterial(kms.client, key.id, newer, { ValidTo: inSeconds(9 * day), ImportType });
    await kms.client.send(new RotateKeyOnDemandCommand({ KeyId: key.id }));
    expect((await describeKey(key.id))?.ValidTo).toEqual(key.ValidTo);
    await advance(day + 1);
    const encrypt = new EncryptCommand({ KeyId: key.id, Plaintext: Buffer.from('x') });
    expect(await refusalOf(kms.client.send(encrypt))).toEqual(pendingImport(key.arn));
    const { Rotations = [] } = await kms.client.send(
      new ListKeyRotationsCommand({ KeyId: key.id, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }),
    );
    expect(Rotations.map(({ ImportState }) => ImportState)).toEqual(['PENDING_IMPORT', 'IMPORTED']);
    await importMaterial(kms.client, key.id, key.material);
    expect(await key.decrypt()).toBe('kept');
  });

  it('lets go of material that waited for its rotation, and the key goes on', async () => {
    const key = await furnish(50 * day);
    const ImportType = 'NEW_KEY_MATERIAL';
    await importMaterial(kms.client, key.id, randomBytes(32), { ValidTo: inSeconds(day), ImportType });
    await advance(day + 1);
    expect(await key.decrypt()).toBe('kept');
    expect(await refusalOf(kms.client.send(new RotateKeyOnDemandCommand({ KeyId: key.id })))).toEqual(
      refusal(
        'KMSInvalidStateException',
        `No available key material pending rotation for the key: ${key.arn}.`,
      ),
    );
  });

  it('is not destroyed while an operator holds destruction, and is not used either', async () => {
    const key = await furnish(day);
    await kms.service.admin('jobs-hold');
    await advance(day + 1);
    expect(await refusalOf(key.decrypt())).toEqual(pendingImport(key.arn));
    expect(await describeKey(key.id)).toMatchObject({ KeyState: 'PendingImport' });
    expect(expiryRecords(key.arn)).toEqual([]);
    await kms.service.admin('jobs-release');
    await advance(60);
    expect(expiryRecords(key.arn)).toHaveLength(1);
  });

  it('is listed among what the service does by itself: waiting, then held, then no more', async () => {
    const key = await furnish(day);
    const listed = async () => {
      const { jobs } = await kms.service.admin('jobs', {});
      return (jobs as { job: string; key: string; at: string; state: string }[]).filter(
        (job) => job.key === key.arn,
      );
    };
    const job = { job: 'expire key material', key: key.arn, at: key.ValidTo.toISOString() };
    expect(await listed()).toEqual([{ ...job, state: 'waiting' }]);
    await kms.service.admin('jobs-hold');
    await advance(day + 1);
    expect(await listed()).toEqual([{ ...job, state: 'held' }]);
    await kms.service.admin('jobs-release');
    expect(await listed()).toEqual([]);
  });

  it('imported again before its bytes were destroyed is whole', async () => {
    const key = await furnish(day);
    await kms.service.admin('jobs-hold');
    await advance(day + 1);
    await importMaterial(kms.client, key.id, key.material);
    expect(await key.decrypt()).toBe('kept');
    await kms.service.admin('jobs-release');
    await advance(60);
    expect(await key.decrypt()).toBe('kept');
    expect(expiryRecords(key.arn)).toEqual([]);
  });
});
