import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  DecryptCommand,
  DeleteImportedKeyMaterialCommand,
  DescribeKeyCommand,
  EncryptCommand,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { day, refusalOf, type TestService } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { asNew, createExternalKey, importMaterial } from '../import/importing.ts';
import { backUp, makeIdentity, opened, restored, restoreOptions, temporaryFolder } from './restorable.ts';

async function furnish(kms: KMSClient, input?: Parameters<typeof importMaterial>[3]) {
  const { id } = await createExternalKey(kms);
  const material = randomBytes(32);
  const materialId = await importMaterial(kms, id, material, input);
  const { CiphertextBlob } = await kms.send(
    new EncryptCommand({ KeyId: id, Plaintext: Buffer.from('kept') }),
  );
  return { id, material, materialId, CiphertextBlob };
}

const stateOf = async (kms: KMSClient, KeyId: string) =>
  (await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyState;

/** The wrapped bytes of a key's material as they are stored; none where they are gone. */
function storedBytes(dataDir: string, keyId: string): readonly number[] {
  const db = new DatabaseSync(join(dataDir, 'keyhaven.db'), { readOnly: true });
  const rows = db.prepare('SELECT wrapped FROM key_material WHERE key_id = ? ORDER BY ordinal').all(keyId);
  db.close();
  return rows.map(({ wrapped }) => (wrapped as Uint8Array).length);
}

/** Backs up, lets something happen, and restores with the journal. */
async function restoredAfter(service: TestService, meanwhile: () => Promise<unknown>) {
  const identity = await makeIdentity();
  const { path } = await backUp(service, { to: temporaryFolder(), recipients: [identity.recipient] });
  await meanwhile();
  return restored(restoreOptions(service, identity, path));
}

describe('Imported key material that was deleted after a backup', () => {
  it('stays deleted after the restore, and can be imported again under its id', async () => {
    const service = await opened();
    const kms = service.client();
    const [gone, stays] = [await furnish(kms), await furnish(kms)];
    const { service: again, result } = await restoredAfter(service, () =>
      kms.send(new DeleteImportedKeyMaterialCommand({ KeyId: gone.id })),
    );
    expect(result).toMatchObject({ materialDeletionsReplayed: 1, destructionsReplayed: 0 });
    const client = again.client();
    expect(await stateOf(client, gone.id)).toBe('PendingImport');
    expect(storedBytes(again.dataDir, gone.id)).toEqual([0]);
    expect(await stateOf(client, stays.id)).toBe('Enabled');
    expect(await importMaterial(client, gone.id, gone.material)).toBe(gone.materialId);
    const { Plaintext } = await client.send(new DecryptCommand({ CiphertextBlob: gone.CiphertextBlob }));
    expect(Buffer.from(Plaintext ?? []).toString()).toBe('kept');
  });

  it('stays deleted although the same was imported again, and whoever imported it can do so once more', async () => {
    const service = await opened();
    const kms = service.client();
    const key = await furnish(kms);
    const { service: again } = await restoredAfter(service, async () => {
      await kms.send(new DeleteImportedKeyMaterialCommand({ KeyId: key.id }));
      await importMaterial(kms, key.id, key.material);
    });
    expect(await stateOf(again.client(), key.id)).toBe('PendingImport');
    await importMaterial(again.client(), key.id, key.material);
    expect(await stateOf(again.client(), key.id)).toBe('Enabled');
  });

  it('leaves nothing of what had waited for its rotation', async () => {
    const service = await opened();
    const kms = service.client();
    const key = await furnish(kms);
    const KeyMaterialId = await importMaterial(kms, key.id, randomBytes(32), asNew);
    const { service: again } = await restoredAfter(service, () =>
      kms.send(new DeleteImportedKeyMaterialCommand({ KeyId: key.id, KeyMaterialId })),
    );
    expect(storedBytes(again.dataDir, key.id)).toHaveLength(1);
    expect(await stateOf(again.client(), key.id)).toBe('Enabled');
  });

  it('is in order to the doctor after the restore', async () => {
    const service = await opened();
    const kms = service.client();
    const key = await furnish(kms);
    const { service: again } = await restoredAfter(service, () =>
      kms.send(new DeleteImportedKeyMaterialCommand({ KeyId: key.id })),
    );
    const report = await again.admin('doctor');
    const damage = (report['findings'] as { readonly level: string }[]).filter(
      ({ level }) => level === 'failure',
    );
    expect(damage).toEqual([]);
  });
});

describe('Imported key material that has expired after a backup', () => {
  it('stays gone after the restore', async () => {
    const service = await opened();
    const kms = service.client();
    const ValidTo = new Date(Math.floor(Date.now() / 1000 + day) * 1000);
    const key = await furnish(kms, { ValidTo });
    const { service: again, result } = await restoredAfter(service, () => service.advance(day + 60));
    expect(result.materialDeletionsReplayed).toBe(1);
    expect(storedBytes(again.dataDir, key.id)).toEqual([0]);
    const request = again.client().send(new DecryptCommand({ CiphertextBlob: key.CiphertextBlob }));
    expect(await refusalOf(request)).toMatchObject({ name: 'KMSInvalidStateException' });
  });
});

describe('Imported key material that was neither deleted nor has expired', () => {
  it('is restored, its expiry with it', async () => {
    const service = await opened();
    const kms = service.client();
    const ValidTo = new Date(Math.floor(Date.now() / 1000 + 9 * day) * 1000);
    const key = await furnish(kms, { ValidTo });
    const { service: again, result } = await restoredAfter(service, () => Promise.resolve());
    expect(result.materialDeletionsReplayed).toBe(0);
    const { KeyMetadata } = await again.client().send(new DescribeKeyCommand({ KeyId: key.id }));
    expect(KeyMetadata).toMatchObject({ KeyState: 'Enabled', ValidTo });
  });
});
