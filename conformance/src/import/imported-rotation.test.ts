import { randomBytes } from 'node:crypto';
import {
  DecryptCommand,
  DeleteImportedKeyMaterialCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GetKeyRotationStatusCommand,
  ListKeyRotationsCommand,
  type ListKeyRotationsCommandInput,
  RotateKeyOnDemandCommand,
} from '@aws-sdk/client-kms';
import { day, refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { refusal, useKms } from '../kms/kms-under-test.ts';
import { asNew, createExternalKey, doesNotExpire, importMaterial } from './importing.ts';

const kms = useKms();

const rotate = (KeyId: string) => kms.client.send(new RotateKeyOnDemandCommand({ KeyId }));
const list = async (KeyId: string, more: Partial<ListKeyRotationsCommandInput> = {}) =>
  (await kms.client.send(new ListKeyRotationsCommand({ KeyId, ...more }))).Rotations ?? [];
const listAll = (KeyId: string) => list(KeyId, { IncludeKeyMaterial: 'ALL_KEY_MATERIAL' });

async function encrypt(KeyId: string, text: string) {
  const reply = await kms.client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from(text) }));
  return reply.CiphertextBlob;
}
async function decrypt(CiphertextBlob: Uint8Array | undefined) {
  const { Plaintext, KeyMaterialId } = await kms.client.send(new DecryptCommand({ CiphertextBlob }));
  return { text: Buffer.from(Plaintext ?? []).toString(), KeyMaterialId };
}

const nothingPending = (arn: string) =>
  refusal('KMSInvalidStateException', `No available key material pending rotation for the key: ${arn}.`);

describe('RotateKeyOnDemand of a key with imported key material', () => {
  it('makes what was imported as new current, and the old still opens what it encrypted', async () => {
    const key = await createExternalKey(kms.client);
    const first = await importMaterial(kms.client, key.id, randomBytes(32));
    const old = await encrypt(key.id, 'old');
    const second = await importMaterial(kms.client, key.id, randomBytes(32), asNew);
    expect(await decrypt(await encrypt(key.id, 'still the first'))).toMatchObject({ KeyMaterialId: first });
    expect((await rotate(key.id)).KeyId).toBe(key.arn);
    const { KeyMetadata } = await kms.client.send(new DescribeKeyCommand({ KeyId: key.id }));
    expect(KeyMetadata?.CurrentKeyMaterialId).toBe(second);
    expect(await decrypt(old)).toEqual({ text: 'old', KeyMaterialId: first });
    expect(await decrypt(await encrypt(key.id, 'new'))).toEqual({ text: 'new', KeyMaterialId: second });
  });

  it('is refused before anything was imported as new, and again after it', async () => {
    const key = await createExternalKey(kms.client);
    await importMaterial(kms.client, key.id, randomBytes(32));
    expect(await refusalOf(rotate(key.id))).toEqual(nothingPending(key.arn));
    await importMaterial(kms.client, key.id, randomBytes(32), asNew);
    await rotate(key.id);
    expect(await refusalOf(rotate(key.id))).toEqual(nothingPending(key.arn));
  });

  it('is refused on a key that pends import', async () => {
    const key = await createExternalKey(kms.client);
    expect(await refusalOf(rotate(key.id))).toEqual(
      refusal('KMSInvalidStateException', `${key.arn} is pending import.`),
    );
  });

  it('is refused on a disabled key', async () => {
    const key = await createExternalKey(kms.client);
    await importMaterial(kms.client, key.id, randomBytes(32));
    await importMaterial(kms.client, key.id, randomBytes(32), asNew);
    await kms.client.send(new DisableKeyCommand({ KeyId: key.id }));
    expect(await refusalOf(rotate(key.id))).toEqual(refusal('DisabledException', `${key.arn} is disabled.`));
  });

  it('is refused on an HMAC key, without a message', async () => {
    const key = await createExternalKey(kms.client, {
      KeySpec: 'HMAC_256',
      KeyUsage: 'GENERATE_VERIFY_MAC',
    });
    await importMaterial(kms.client, key.id, randomBytes(32));
    expect(await refusalOf(rotate(key.id))).toEqual(refusal('UnsupportedOperationException', ''));
  });

  it('is done 25 times and no more', async () => {
    const key = await createExternalKey(kms.client);
    await importMaterial(kms.client, key.id, randomBytes(32));
    for (let turn = 0; turn < 25; turn++) {
      await importMaterial(kms.client, key.id, randomBytes(32), asNew);
      await rotate(key.id);
    }
    await importMaterial(kms.client, key.id, randomBytes(32), asNew);
    expect(await refusalOf(rotate(key.id))).toMatchObject({ name: 'LimitExceededException' });
    expect(await listAll(key.id)).toHaveLength(27);
  });

  it('makes the old material one that the key cannot do without', async () => {
    const key = await createExternalKey(kms.client);
    const material = randomBytes(32);
    const first = await importMaterial(kms.client, key.id, material);
    const old = await encrypt(key.id, 'old');
    await importMaterial(kms.client, key.id, randomBytes(32), asNew);
    await rotate(key.id);
    await kms.client.send(new DeleteImportedKeyMaterialCommand({ KeyId: key.id, KeyMaterialId: first }));
    const pendingImport = refusal('KMSInvalidStateException', `${key.arn} is pending import.`);
    expect(await refusalOf(encrypt(key.id, 'new'))).toEqual(pendingImport);
    expect(await refusalOf(decrypt(old))).toEqual(pendingImport);
    await importMaterial(kms.client, key.id, material, { ...doesNotExpire, KeyMaterialId: first });
    expect((await decrypt(old)).text).toBe('old');
  });

  it('needs all material that was deleted before the key is Enabled again', async () => {
    const key = await createExternalKey(kms.client);
    const [first, second] = [randomBytes(32), randomBytes(32)];
    const firstId = await importMaterial(kms.client, key.id, first);
    const secondId = await importMaterial(kms.client, key.id, second, asNew);
    await rotate(key.id);
    for (const KeyMaterialId of [firstId, secondId])
      await kms.client.send(new DeleteImportedKeyMaterialCommand({ KeyId: key.id, KeyMaterialId }));
    const stateOf = async () =>
      (await kms.client.send(new DescribeKeyCommand({ KeyId: key.id }))).KeyMetadata?.KeyState;
    await importMaterial(kms.client, key.id, second);
    expect(await stateOf()).toBe('PendingImport');
    await importMaterial(kms.client, key.id, first);
    expect(await stateOf()).toBe('Enabled');
  });
});

describe('ListKeyRotations of a key with imported key material', () => {
  it('shows each material with its import, description and expiry, the first without a rotation', async () => {
    const key = await createExternalKey(kms.client);
    const ValidTo = new Date(Math.floor(Date.now() / 1000 + 9 * day) * 1000);
    const KeyMaterialDescription = 'from the old HSM';
    const first = await importMaterial(kms.client, key.id, randomBytes(32), {
      ValidTo,
      KeyMaterialDescription,
    });
    const second = await importMaterial(kms.client, key.id, randomBytes(32), asNew);
    expect(await listAll(key.id)).toEqual([
      {
        KeyId: key.id,
        KeyMaterialId: first,
        KeyMaterialDescription,
        KeyMaterialState: 'CURRENT',
        ImportState: 'IMPORTED',
        ExpirationModel: 'KEY_MATERIAL_EXPIRES',
        ValidTo,
      },
      {
        KeyId: key.id,
        KeyMaterialId: second,
        KeyMaterialState: 'PENDING_ROTATION',
        ImportState: 'IMPORTED',
        ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
      },
    ]);
    expect(await list(key.id)).toEqual([]);
    await rotate(key.id);
    const [rotated] = await list(key.id);
    expect(rotated).toMatchObject({
      KeyMaterialId: second,
      KeyMaterialState: 'CURRENT',
      RotationType: 'ON_DEMAND',
    });
    expect(rotated?.RotationDate).toBeInstanceOf(Date);
    expect((await listAll(key.id))[0]).toMatchObject({
      KeyMaterialId: first,
      KeyMaterialState: 'NON_CURRENT',
    });
  });

  it('keeps the description of the last import of the same material, unless another is given', async () => {
    const key = await createExternalKey(kms.client);
    const material = randomBytes(32);
    const described = async (KeyMaterialDescription?: string) => {
      await importMaterial(kms.client, key.id, material, { ...doesNotExpire, KeyMaterialDescription });
      return (await listAll(key.id))[0]?.KeyMaterialDescription;
    };
    expect(await described('one')).toBe('one');
    expect(await described()).toBe('one');
    expect(await described('two')).toBe('two');
  });

  it('shows deleted material as pending import, without an expiry', async () => {
    const key = await createExternalKey(kms.client);
    const id = await importMaterial(kms.client, key.id, randomBytes(32));
    await kms.client.send(new DeleteImportedKeyMaterialCommand({ KeyId: key.id }));
    expect(await listAll(key.id)).toEqual([
      { KeyId: key.id, KeyMaterialId: id, KeyMaterialState: 'CURRENT', ImportState: 'PENDING_IMPORT' },
    ]);
  });

  it('shows none of it for a key whose material the service made', async () => {
    const key = await kms.createKey();
    const [only] = await listAll(key.id);
    expect(Object.keys(only ?? {}).sort()).toEqual(['KeyId', 'KeyMaterialId', 'KeyMaterialState']);
  });

  it('refuses a description of characters that AWS does not take', async () => {
    const key = await createExternalKey(kms.client);
    const request = importMaterial(kms.client, key.id, randomBytes(32), {
      ...doesNotExpire,
      KeyMaterialDescription: 'a & b',
    });
    expect(await refusalOf(request)).toMatchObject({ name: 'ValidationException', status: 400 });
  });
});

describe('Automatic rotation of a key with imported key material', () => {
  it('is refused by the origin, and reported as off', async () => {
    const key = await createExternalKey(kms.client);
    await importMaterial(kms.client, key.id, randomBytes(32));
    expect(await refusalOf(kms.client.send(new EnableKeyRotationCommand({ KeyId: key.id })))).toEqual(
      refusal(
        'UnsupportedOperationException',
        `${key.arn} origin is EXTERNAL which is not valid for this operation.`,
      ),
    );
    const status = await kms.client.send(new GetKeyRotationStatusCommand({ KeyId: key.id }));
    expect(status.KeyRotationEnabled).toBe(false);
  });
});
