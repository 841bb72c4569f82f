import { randomBytes } from 'node:crypto';
import {
  CancelKeyDeletionCommand,
  DecryptCommand,
  DeleteImportedKeyMaterialCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { day, refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { refusal, useKms } from '../kms/kms-under-test.ts';
import { asNew, createExternalKey, importMaterial } from './importing.ts';

const kms = useKms();

const stateOf = async (KeyId: string) =>
  (await kms.client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyState;

const deleteMaterial = (KeyId: string, KeyMaterialId?: string) =>
  kms.client.send(new DeleteImportedKeyMaterialCommand({ KeyId, KeyMaterialId }));

/** A key with imported material, and a ciphertext that it made. */
async function furnish() {
  const key = await createExternalKey(kms.client);
  const material = randomBytes(32);
  const materialId = await importMaterial(kms.client, key.id, material);
  const Plaintext = randomBytes(16);
  const { CiphertextBlob } = await kms.client.send(new EncryptCommand({ KeyId: key.id, Plaintext }));
  const decrypt = async () =>
    Buffer.from((await kms.client.send(new DecryptCommand({ CiphertextBlob }))).Plaintext ?? []);
  return { ...key, material, materialId, Plaintext, decrypt };
}

const pendingImport = (arn: string) => refusal('KMSInvalidStateException', `${arn} is pending import.`);

describe('DeleteImportedKeyMaterial', () => {
  it('answers the key ARN and the id, and makes the key PendingImport', async () => {
    const key = await furnish();
    expect(await deleteMaterial(key.id)).toMatchObject({ KeyId: key.arn, KeyMaterialId: key.materialId });
    const { KeyMetadata } = await kms.client.send(new DescribeKeyCommand({ KeyId: key.id }));
    expect(KeyMetadata).toMatchObject({
      KeyState: 'PendingImport',
      Enabled: false,
      CurrentKeyMaterialId: key.materialId,
    });
    expect(KeyMetadata?.ExpirationModel).toBeUndefined();
    expect(KeyMetadata?.ValidTo).toBeUndefined();
  });

  it('lets the key decrypt and encrypt no more, until the same material is imported again', async () => {
    const key = await furnish();
    expect(await key.decrypt()).toEqual(key.Plaintext);
    await deleteMaterial(key.id);
    expect(await refusalOf(key.decrypt())).toEqual(pendingImport(key.arn));
    const encrypt = new EncryptCommand({ KeyId: key.id, Plaintext: randomBytes(1) });
    expect(await refusalOf(kms.client.send(encrypt))).toEqual(pendingImport(key.arn));
    expect(await importMaterial(kms.client, key.id, key.material)).toBe(key.materialId);
    expect(await key.decrypt()).toEqual(key.Plaintext);
    expect(await stateOf(key.id)).toBe('Enabled');
  });

  it('refuses to take other material in the place of what was deleted', async () => {
    const key = await furnish();
    await deleteMaterial(key.id);
    expect(await refusalOf(importMaterial(kms.client, key.id, randomBytes(32)))).toMatchObject({
      name: 'IncorrectKeyMaterialException',
    });
    expect(await stateOf(key.id)).toBe('PendingImport');
  });

  it('does nothing a second time, and on a key into which nothing was imported', async () => {
    const key = await furnish();
    await deleteMaterial(key.id);
    expect(await deleteMaterial(key.id)).toMatchObject({ KeyId: key.arn, KeyMaterialId: key.materialId });
    const empty = await createExternalKey(kms.client);
    const reply = await deleteMaterial(empty.id);
    expect(reply.KeyId).toBe(empty.arn);
    expect(reply.KeyMaterialId).toBeUndefined();
    expect(await stateOf(empty.id)).toBe('PendingImport');
  });

  it('makes a disabled key PendingImport, and the import of the same material makes it Enabled', async () => {
    const key = await furnish();
    await kms.client.send(new DisableKeyCommand({ KeyId: key.id }));
    await deleteMaterial(key.id);
    expect(await stateOf(key.id)).toBe('PendingImport');
    await importMaterial(kms.client, key.id, key.material);
    expect(await stateOf(key.id)).toBe('Enabled');
  });

  it('leaves a key that is pending deletion so, and its deletion can be cancelled to PendingImport', async () => {
    const key = await furnish();
    await kms.client.send(new ScheduleKeyDeletionCommand({ KeyId: key.id }));
    await deleteMaterial(key.id);
    expect(await stateOf(key.id)).toBe('PendingDeletion');
    await kms.client.send(new CancelKeyDeletionCommand({ KeyId: key.id }));
    expect(await stateOf(key.id)).toBe('PendingImport');
  });

  it('is not undone by the cancellation of a deletion where the material is there: the key is Disabled', async () => {
    const key = await furnish();
    await kms.client.send(new ScheduleKeyDeletionCommand({ KeyId: key.id }));
    await kms.client.send(new CancelKeyDeletionCommand({ KeyId: key.id }));
    expect(await stateOf(key.id)).toBe('Disabled');
  });

  it('makes EnableKey and DisableKey refuse the key', async () => {
    const key = await furnish();
    await deleteMaterial(key.id);
    for (const command of [new EnableKeyCommand({ KeyId: key.id }), new DisableKeyCommand({ KeyId: key.id })])
      expect(await refusalOf(kms.client.send(command))).toEqual(pendingImport(key.arn));
  });

  it('lets go of material that waits for its rotation, and the key stays Enabled', async () => {
    const key = await furnish();
    const pending = await importMaterial(kms.client, key.id, randomBytes(32), asNew);
    expect((await deleteMaterial(key.id, pending)).KeyMaterialId).toBe(pending);
    expect(await stateOf(key.id)).toBe('Enabled');
    expect(await key.decrypt()).toEqual(key.Plaintext);
    expect(await importMaterial(kms.client, key.id, randomBytes(32), asNew)).not.toBe(pending);
  });

  it('refuses an id that the key does not have', async () => {
    const [key, other] = [await furnish(), await furnish()];
    expect(await refusalOf(deleteMaterial(key.id, other.materialId))).toMatchObject({
      name: 'NotFoundException',
      status: 400,
    });
    expect(await stateOf(key.id)).toBe('Enabled');
  });

  it('refuses a key whose material the service made', async () => {
    const key = await kms.createKey();
    expect(await refusalOf(deleteMaterial(key.id))).toEqual(
      refusal(
        'UnsupportedOperationException',
        `${key.arn} origin is AWS_KMS which is not valid for this operation.`,
      ),
    );
  });

  it('stands after a restart', async () => {
    const key = await furnish();
    await deleteMaterial(key.id);
    await kms.restart();
    expect(await refusalOf(key.decrypt())).toEqual(pendingImport(key.arn));
    await importMaterial(kms.client, key.id, key.material);
    expect(await key.decrypt()).toEqual(key.Plaintext);
  });

  it('is recorded with the id of the material, as a change', async () => {
    const key = await furnish();
    await deleteMaterial(key.id);
    const record = kms.service
      .journal()
      .findLast(({ eventName }) => eventName === 'DeleteImportedKeyMaterial');
    expect(record).toMatchObject({ readOnly: false, resources: [key.arn], keyMaterialId: key.materialId });
  });

  it('does not keep the key from being destroyed', async () => {
    const key = await furnish();
    await deleteMaterial(key.id);
    await kms.client.send(new ScheduleKeyDeletionCommand({ KeyId: key.id, PendingWindowInDays: 7 }));
    await kms.service.advance(8 * day);
    expect(await refusalOf(stateOf(key.id))).toMatchObject({ name: 'NotFoundException' });
  });
});
