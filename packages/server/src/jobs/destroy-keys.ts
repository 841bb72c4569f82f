import { renderServiceEvent } from '../audit/record.ts';
import type { KeyDirectory } from '../keys/key-directory.ts';
import type { KmsKey } from '../keys/kms-key.ts';
import type { KeyStore } from '../key-stores/port.ts';
import { CommitConflict, type Committer } from '../pipeline/committer.ts';
import type { Storage } from '../storage/port.ts';
import { select } from '../storage/query.ts';
import {
  aliasTable,
  keyMaterialTable,
  keyPolicyTable,
  kmsKeyTable,
  tagTable,
  tombstoneTable,
} from '../storage/tables.ts';
import { type Change, insert, remove } from '../storage/unit-of-work.ts';

export interface DestroyParts {
  readonly storage: Storage;
  readonly directory: KeyDirectory;
  readonly keyStore: KeyStore;
  readonly committer: Committer;
}

/** Destroys every key whose waiting period is over. Answers how many there were. */
export async function destroyDueKeys(
  { storage, directory, keyStore, committer }: DestroyParts,
  now: number,
): Promise<number> {
  const due = { atMost: { column: 'deletion_at', value: now } };
  const [rows] = await storage.snapshot(select(kmsKeyTable, { state: 'PendingDeletion' }, due));
  for (const { account_id: accountId, region, key_id: keyId } of rows) {
    const key = await directory.readKey({ accountId, region, keyId });
    // A cancellation that came meanwhile wins.
    if (key?.row.state !== 'PendingDeletion' || key.row.deletion_at === null || key.row.deletion_at > now)
      continue;
    await destroyKey(key, keyStore, committer, now);
  }
  return rows.length;
}

/** The key, its key material, policy, aliases and tags go together; tombstones of its ids stay. */
async function destroyKey(key: KmsKey, keyStore: KeyStore, committer: Committer, now: number): Promise<void> {
  const { account_id, region, key_id } = key.row;
  const tombstone = (kind: string, id: string): Change =>
    insert(tombstoneTable, { account_id, region, kind, id, destroyed_at: now });
  const changes = [
    remove(kmsKeyTable, key.row),
    remove(keyPolicyTable, key.policyRow),
    ...key.materials.map((row) => remove(keyMaterialTable, row)),
    ...key.aliases.map((row) => remove(aliasTable, row)),
    ...key.tags.map((row) => remove(tagTable, row)),
    tombstone('key', key_id),
    ...key.materials.map(({ material_id }) => tombstone('material', material_id)),
  ];
  const event = renderServiceEvent('DeleteKey', now, {
    awsRegion: region,
    accountId: account_id,
    resources: [key.arn],
  });
  try {
    await committer.commitService(
      { head: { accountId: account_id, region }, expect: [], changes, destroys: true },
      event,
    );
  } catch (error) {
    if (error instanceof CommitConflict) return;
    throw error;
  }
  for (const { material_id } of key.materials) keyStore.forget(material_id);
}
