import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  DecryptCommand,
  DeleteImportedKeyMaterialCommand,
  DescribeKeyCommand,
  EncryptCommand,
  ListKeyRotationsCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { day, refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { useKms } from '../kms/kms-under-test.ts';
import {
  asExisting,
  asNew,
  createExternalKey,
  getParameters,
  importMaterial,
  sendMaterial,
} from './importing.ts';

const kms = useKms();

type ImportTable = 'key_material' | 'import_parameters' | 'material_fingerprint';

function storedSecrets(table: ImportTable, keyId: string): readonly Uint8Array[] {
  const db = new DatabaseSync(join(kms.service.dataDir, 'keyhaven.db'), { readOnly: true });
  const rows = db.prepare(`SELECT wrapped FROM ${table} WHERE key_id = ?`).all(keyId);
  db.close();
  return rows.map(({ wrapped }) => wrapped as Uint8Array);
}

/** The files of the data folder that hold the bytes, in full or their second half. */
function filesWith(bytes: Uint8Array): readonly string[] {
  return readdirSync(kms.service.dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .filter((entry) =>
      readFileSync(join(entry.parentPath, entry.name)).includes(bytes.subarray(bytes.length / 2)),
    )
    .map(({ name }) => name);
}

const rotateEverything = async () => {
  await kms.service.admin('domain-rotate', { scope: { kind: 'all' } });
  await kms.service.admin('root-rotate', {});
};

describe('When domain keys and the root key are replaced', () => {
  it('an import token stays good, a restart later too', async () => {
    const key = await createExternalKey(kms.client);
    const parameters = await getParameters(kms.client, key.id);
    await rotateEverything();
    const material = randomBytes(32);
    const { KeyMaterialId } = await sendMaterial(kms.client, key.id, parameters, material);
    await kms.restart();
    const again = await sendMaterial(kms.client, key.id, parameters, material);
    expect(again.KeyMaterialId).toBe(KeyMaterialId);
  });

  it('the same material is still told from other, when it is gone', async () => {
    const key = await createExternalKey(kms.client);
    const material = randomBytes(32);
    const materialId = await importMaterial(kms.client, key.id, material);
    const Plaintext = Buffer.from('kept');
    const { CiphertextBlob } = await kms.client.send(new EncryptCommand({ KeyId: key.id, Plaintext }));
    await kms.client.send(new DeleteImportedKeyMaterialCommand({ KeyId: key.id }));
    await rotateEverything();
    expect(await refusalOf(importMaterial(kms.client, key.id, randomBytes(32)))).toMatchObject({
      name: 'IncorrectKeyMaterialException',
    });
    expect(await importMaterial(kms.client, key.id, material)).toBe(materialId);
    const opened = await kms.client.send(new DecryptCommand({ CiphertextBlob }));
    expect(Buffer.from(opened.Plaintext ?? [])).toEqual(Plaintext);
  });
});

describe('The bytes of imported key material', () => {
  it('are in no file of the data folder once it is deleted; its fingerprint is', async () => {
    const [gone, stays] = [await createExternalKey(kms.client), await createExternalKey(kms.client)];
    for (const { id } of [gone, stays]) await importMaterial(kms.client, id, randomBytes(32));
    const [wrapped = new Uint8Array()] = storedSecrets('key_material', gone.id);
    const [kept = new Uint8Array()] = storedSecrets('key_material', stays.id);
    expect(filesWith(wrapped)).not.toEqual([]);
    await kms.client.send(new DeleteImportedKeyMaterialCommand({ KeyId: gone.id }));
    expect(filesWith(wrapped)).toEqual([]);
    expect(filesWith(kept)).not.toEqual([]);
    expect(storedSecrets('material_fingerprint', gone.id)).toHaveLength(1);
  });

  it('are in no file of the data folder as they were sent, nor in the journal in any form', async () => {
    const key = await createExternalKey(kms.client);
    const material = randomBytes(32);
    await importMaterial(kms.client, key.id, material);
    await refusalOf(importMaterial(kms.client, key.id, Buffer.concat([material, material])));
    for (const form of ['hex', 'base64', 'base64url'] as const)
      expect(filesWith(Buffer.from(material.toString(form)))).toEqual([]);
    expect(filesWith(material)).toEqual([]);
    const records = kms.service.journal().filter(({ eventName }) => eventName === 'ImportKeyMaterial');
    for (const { requestParameters } of records)
      expect(Object.keys(requestParameters as object)).not.toContain('EncryptedKeyMaterial');
  });

  it('and everything else of its imports go with the key', async () => {
    const key = await createExternalKey(kms.client);
    await importMaterial(kms.client, key.id, randomBytes(32));
    const tables = ['key_material', 'material_fingerprint', 'import_parameters'] as const;
    const secrets = tables.flatMap((table) => storedSecrets(table, key.id));
    expect(secrets).toHaveLength(3);
    await kms.client.send(new ScheduleKeyDeletionCommand({ KeyId: key.id, PendingWindowInDays: 7 }));
    await kms.service.advance(8 * day);
    for (const secret of secrets) expect(filesWith(secret)).toEqual([]);
    expect(tables.flatMap((table) => storedSecrets(table, key.id))).toEqual([]);
  });
});

describe('A private wrapping key', () => {
  it('is in no file of the data folder when its 24 hours are over', async () => {
    const key = await createExternalKey(kms.client);
    await getParameters(kms.client, key.id);
    const [wrapped = new Uint8Array()] = storedSecrets('import_parameters', key.id);
    expect(filesWith(wrapped)).not.toEqual([]);
    await kms.service.advance(day - 60);
    expect(filesWith(wrapped)).not.toEqual([]);
    await kms.service.advance(61);
    expect(filesWith(wrapped)).toEqual([]);
  });
});

describe('Imports at the same time', () => {
  it('of different new material: one is taken and waits for its rotation, the others are refused', async () => {
    const key = await createExternalKey(kms.client);
    await importMaterial(kms.client, key.id, randomBytes(32));
    const parameters = await getParameters(kms.client, key.id);
    const outcomes = await Promise.allSettled(
      [1, 2, 3, 4].map(() => sendMaterial(kms.client, key.id, parameters, randomBytes(32), asNew)),
    );
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(3);
    for (const { reason } of refused as PromiseRejectedResult[])
      expect(reason).toMatchObject({ name: 'KMSInvalidStateException' });
    const { Rotations = [] } = await kms.client.send(
      new ListKeyRotationsCommand({ KeyId: key.id, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }),
    );
    expect(Rotations).toHaveLength(2);
  });

  it('of different first material: one is taken for ever', async () => {
    const key = await createExternalKey(kms.client, {
      KeySpec: 'HMAC_256',
      KeyUsage: 'GENERATE_VERIFY_MAC',
    });
    const parameters = await getParameters(kms.client, key.id);
    const outcomes = await Promise.allSettled(
      [1, 2, 3, 4].map(() => sendMaterial(kms.client, key.id, parameters, randomBytes(32))),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(storedSecrets('material_fingerprint', key.id)).toHaveLength(1);
  });

  it('and deletions of the same material leave the key whole or pending import, never between', async () => {
    const key = await createExternalKey(kms.client);
    const material = randomBytes(32);
    await importMaterial(kms.client, key.id, material);
    const parameters = await getParameters(kms.client, key.id);
    await Promise.all(
      [1, 2, 3, 4].flatMap(() => [
        sendMaterial(kms.client, key.id, parameters, material, asExisting),
        kms.client.send(new DeleteImportedKeyMaterialCommand({ KeyId: key.id })),
      ]),
    );
    const { KeyMetadata } = await kms.client.send(new DescribeKeyCommand({ KeyId: key.id }));
    const [wrapped = new Uint8Array()] = storedSecrets('key_material', key.id);
    expect(KeyMetadata?.KeyState).toBe(wrapped.length > 0 ? 'Enabled' : 'PendingImport');
  });
});
