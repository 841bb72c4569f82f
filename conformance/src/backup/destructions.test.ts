import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  type KMSClient,
  ListAliasesCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { restoreBackup } from '@keyhaven/server';
import { day, refusalOf, type TestService } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { readStoredFacts } from '../durability/stored-facts.ts';
import {
  backUp,
  type IdentityFile,
  makeIdentity,
  opened,
  restored,
  restoreOptions,
  temporaryFolder,
} from './restorable.ts';

interface DoomedKey {
  readonly KeyId: string;
  readonly CiphertextBlob: Uint8Array;
}

async function makeKey(kms: KMSClient, alias: string): Promise<DoomedKey> {
  const { KeyMetadata } = await kms.send(
    new CreateKeyCommand({ Tags: [{ TagKey: 'owner', TagValue: 'me' }] }),
  );
  const KeyId = KeyMetadata?.KeyId ?? '';
  await kms.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: KeyId }));
  const reply = await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }));
  return { KeyId, CiphertextBlob: reply.CiphertextBlob ?? new Uint8Array() };
}

async function destroy(
  service: TestService,
  ...keys: readonly (readonly [KMSClient, string])[]
): Promise<void> {
  for (const [kms, KeyId] of keys)
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  await service.advance(7 * day + 60);
}

async function backedUp(service: TestService, identity: IdentityFile): Promise<string> {
  return (await backUp(service, { to: temporaryFolder(), recipients: [identity.recipient] })).path;
}

function query(dataDir: string, sql: string): readonly Readonly<Record<string, unknown>>[] {
  const db = new DatabaseSync(join(dataDir, 'keyhaven.db'), { readOnly: true });
  const rows = db.prepare(sql).all();
  db.close();
  return rows;
}

const wrappedOf = (dataDir: string, keyId: string) =>
  query(dataDir, `SELECT wrapped FROM key_material WHERE key_id = '${keyId}'`).map(
    ({ wrapped }) => wrapped as Uint8Array,
  );

const tombstonesOf = (dataDir: string) =>
  query(dataDir, 'SELECT kind || id AS what FROM tombstone ORDER BY what').map(({ what }) => what);

/** The files of a folder that hold the bytes, in full or their second half. */
function filesWith(folder: string, bytes: Uint8Array): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .filter((entry) =>
      readFileSync(join(entry.parentPath, entry.name)).includes(bytes.subarray(bytes.length / 2)),
    )
    .map(({ name }) => name);
}

describe('A key that was destroyed after a backup', () => {
  it('stays destroyed after the restore, with its key material, aliases and tags, and nobody else does', async () => {
    const identity = await makeIdentity();
    const service = await opened();
    const kms = service.client();
    const [gone, stays] = [await makeKey(kms, 'alias/gone'), await makeKey(kms, 'alias/stays')];
    const backup = await backedUp(service, identity);
    const wrapped = wrappedOf(service.dataDir, gone.KeyId);
    expect(wrapped).toHaveLength(1);
    // Material that the backup never had leaves its tombstone too.
    await kms.send(new RotateKeyOnDemandCommand({ KeyId: gone.KeyId }));
    await destroy(service, [kms, gone.KeyId]);

    const { service: again, result } = await restored(restoreOptions(service, identity, backup));
    expect(result).toMatchObject({ destructionsReplayed: 1, destructionsUnknown: false });
    const client = again.client();
    expect((await refusalOf(client.send(new DescribeKeyCommand({ KeyId: gone.KeyId })))).name).toBe(
      'NotFoundException',
    );
    const { CiphertextBlob } = gone;
    expect((await refusalOf(client.send(new DecryptCommand({ CiphertextBlob })))).name).not.toBe('');
    const { Aliases = [] } = await client.send(new ListAliasesCommand({}));
    const own = Aliases.map(({ AliasName = '' }) => AliasName).filter(
      (text) => !text.startsWith('alias/aws/'),
    );
    expect(own).toEqual(['alias/stays']);
    await client.send(new DecryptCommand({ CiphertextBlob: stays.CiphertextBlob }));
    expect(tombstonesOf(again.dataDir)).toEqual(tombstonesOf(service.dataDir));
    expect(tombstonesOf(again.dataDir)).toHaveLength(3);
    const { flaws } = readStoredFacts(again.dataDir);
    expect(flaws).toEqual([]);
    for (const bytes of wrapped) expect(filesWith(again.dataDir, bytes)).toEqual([]);
    for (const bytes of wrappedOf(again.dataDir, stays.KeyId))
      expect(filesWith(again.dataDir, bytes)).not.toEqual([]);
  });

  it('is told in a record with the ids of all its key material', async () => {
    const service = await opened();
    const kms = service.client();
    const { KeyId } = await makeKey(kms, 'alias/gone');
    await kms.send(new RotateKeyOnDemandCommand({ KeyId }));
    const ids = query(service.dataDir, 'SELECT material_id FROM key_material ORDER BY ordinal');
    await destroy(service, [kms, KeyId]);
    const [record] = service.journal().filter(({ eventName }) => eventName === 'DeleteKey');
    expect(record?.['keyMaterialIds']).toEqual(ids.map(({ material_id }) => material_id));
  });

  it('leaves tombstones also where it was made after the backup, in a Region that the backup does not know', async () => {
    const identity = await makeIdentity();
    const service = await opened();
    const kms = service.client({ region: 'ap-south-1' });
    const backup = await backedUp(service, identity);
    const { KeyId } = await makeKey(kms, 'alias/gone');
    await destroy(service, [kms, KeyId]);
    const { service: again, result } = await restored(restoreOptions(service, identity, backup));
    expect(result.destructionsReplayed).toBe(0);
    expect(tombstonesOf(again.dataDir)).toEqual(tombstonesOf(service.dataDir));
    expect(tombstonesOf(again.dataDir)).toHaveLength(2);
    await makeKey(again.client({ region: 'ap-south-1' }), 'alias/new');
  });

  it('is destroyed again from the same backup after a restore that went on', async () => {
    const identity = await makeIdentity();
    const service = await opened();
    const kms = service.client();
    const { KeyId } = await makeKey(kms, 'alias/gone');
    const backup = await backedUp(service, identity);
    await destroy(service, [kms, KeyId]);
    const { service: again } = await restored(restoreOptions(service, identity, backup));
    await makeKey(again.client(), 'alias/new');
    const { result } = await restored(restoreOptions(again, identity, backup));
    expect(result.destructionsReplayed).toBe(1);
  });

  it('changes nothing where the backup knows of the destruction already', async () => {
    const identity = await makeIdentity();
    const service = await opened();
    const kms = service.client();
    const { KeyId } = await makeKey(kms, 'alias/gone');
    await destroy(service, [kms, KeyId]);
    const backup = await backedUp(service, identity);
    const { service: again, result } = await restored(restoreOptions(service, identity, backup));
    expect(result.destructionsReplayed).toBe(0);
    expect(tombstonesOf(again.dataDir)).toEqual(tombstonesOf(service.dataDir));
  });

  it('comes back only for whoever gives no journal and says so by name, and the record tells', async () => {
    const identity = await makeIdentity();
    const service = await opened();
    const kms = service.client();
    const { KeyId, CiphertextBlob } = await makeKey(kms, 'alias/gone');
    const backup = await backedUp(service, identity);
    await destroy(service, [kms, KeyId]);
    const options = restoreOptions(service, identity, backup, { journal: undefined });
    await expect(restoreBackup(options)).rejects.toThrow('keys that were destroyed since would come back');

    const { service: again, result } = await restored({ ...options, allow: new Set(['lost-destructions']) });
    expect(result).toMatchObject({ destructionsUnknown: true, destructionsReplayed: 0 });
    await again.client().send(new DecryptCommand({ CiphertextBlob }));
    const names = again.journal().map(({ eventName }) => eventName);
    expect(names.filter((name) => name === 'RestoreBackup')).toHaveLength(1);
    expect(again.journal().find(({ eventName }) => eventName === 'RestoreBackup')).toMatchObject({
      destructionsUnknown: true,
    });
  });

  it('is refused a restore with a journal that is an older copy, and so does not tell of the destruction', async () => {
    const identity = await makeIdentity();
    const service = await opened();
    const kms = service.client();
    const { KeyId } = await makeKey(kms, 'alias/gone');
    const older = join(temporaryFolder(), 'journal');
    cpSync(join(service.dataDir, 'journal'), older, { recursive: true });
    await makeKey(kms, 'alias/more');
    const backup = await backedUp(service, identity);
    await destroy(service, [kms, KeyId]);
    const options = restoreOptions(service, identity, backup, { journal: older });
    await expect(restoreBackup(options)).rejects.toThrow('does not contain the position');
  });
});

describe('A key whose destruction was cancelled after a backup', () => {
  it('waits in the restored installation until an operator releases destructions', async () => {
    const identity = await makeIdentity();
    const service = await opened();
    const kms = service.client();
    const { KeyId } = await makeKey(kms, 'alias/kept');
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    const backup = await backedUp(service, identity);
    await kms.send(new CancelKeyDeletionCommand({ KeyId }));

    const { service: again, result } = await restored(restoreOptions(service, identity, backup));
    expect(result.pendingDeletions).toBe(1);
    // Past its date and every rule about clocks.
    await again.advance(8 * day);
    await again.advance(2 * day);
    const described = async () =>
      (await again.client().send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyState;
    expect(await described()).toBe('PendingDeletion');
    await again.admin('jobs-release');
    expect((await refusalOf(described())).name).toBe('NotFoundException');
  });

  it('holds up nothing where no key waits for its destruction', async () => {
    const identity = await makeIdentity();
    const service = await opened();
    await makeKey(service.client(), 'alias/kept');
    const backup = await backedUp(service, identity);
    const { service: again, result } = await restored(restoreOptions(service, identity, backup));
    expect(result.pendingDeletions).toBe(0);
    expect(query(again.dataDir, 'SELECT held_since FROM heartbeat')).toEqual([{ held_since: null }]);
  });
});
