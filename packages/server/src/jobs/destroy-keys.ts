import { readWrappingKey } from '@keyhaven/crypto';
import { renderServiceEvent } from '../audit/record.ts';
import { attachmentQueries, expectNoFurther, removeAttachments } from '../keys/key-attachments.ts';
import { addressOf, type KeyRow, type KmsKey } from '../keys/kms-key.ts';
import { lastReplicaGone, primaryOf } from '../keys/last-replica.ts';
import { select } from '../storage/query.ts';
import {
  aliasTable,
  keyMaterialTable,
  keyPolicyTable,
  kmsKeyTable,
  tagTable,
  tombstoneTable,
} from '../storage/tables.ts';
import { type Change, type ExpectedVersion, insert, remove, unchanged } from '../storage/unit-of-work.ts';
import { forEachDueKey, type JobParts } from './due-keys.ts';
import { synchronizedElsewhere } from './synchronized-elsewhere.ts';

/** Destroys every key whose waiting period is over. Answers how many there were. */
export function destroyDueKeys(parts: JobParts, now: number): Promise<number> {
  const due = { atMost: { column: 'deletion_at', value: now } };
  const query = select(kmsKeyTable, { state: 'PendingDeletion' }, due);
  return forEachDueKey(parts, query, 'key destruction', async (key) => {
    const { state, deletion_at } = key.row;
    // A cancellation that came meanwhile wins.
    if (state !== 'PendingDeletion' || deletion_at === null || deletion_at > now) return false;
    await destroyKey(key, parts, now);
    return true;
  });
}

/** The key, its key material, policy, aliases, tags and attachments go together; tombstones of its ids stay. */
export function destructionChanges(
  key: KmsKey,
  attachments: readonly Change[],
  now: number,
): readonly Change[] {
  const { account_id, region, key_id } = key.row;
  const tombstone = (kind: string, id: string, wrapped_under: string | null): Change =>
    insert(tombstoneTable, { account_id, region, kind, id, destroyed_at: now, wrapped_under });
  return [
    remove(kmsKeyTable, key.row),
    remove(keyPolicyTable, key.policyRow),
    ...key.materials.map((row) => remove(keyMaterialTable, row)),
    ...key.aliases.map((row) => remove(aliasTable, row)),
    ...key.tags.map((row) => remove(tagTable, row)),
    ...attachments,
    tombstone('key', key_id, null),
    ...key.materials.map(({ material_id, wrapped, domain_key_id }) =>
      tombstone('material', material_id, readWrappingKey(wrapped).wrappingKeyId ?? domain_key_id),
    ),
  ];
}

async function destroyKey(
  key: KmsKey,
  { storage, directory, committer }: JobParts,
  now: number,
): Promise<void> {
  const { account_id, region } = key.row;
  // A restore of an older backup reads here what it must not bring back.
  const event = renderServiceEvent('DeleteKey', now, {
    awsRegion: region,
    accountId: account_id,
    resources: [key.arn],
    keyMaterialIds: key.materials.map(({ material_id }) => material_id),
  });
  const address = addressOf(key.row);
  const attachments = await storage.snapshot(...attachmentQueries(address));
  const related = await directory.readRelated(key);
  const primary = lastReplicaGone(key, related, now);
  const expect = [...restsOn(key, related), ...expectNoFurther(address, attachments)];
  const changes = [
    ...destructionChanges(key, removeAttachments(attachments), now),
    ...primary.map(({ change }) => change),
  ];
  await committer.commitService(
    { head: { accountId: account_id, region }, expect, changes, destroys: true },
    event,
    synchronizedElsewhere(
      primary.map(({ row }) => row),
      now,
    ),
  );
}

/** Whoever schedules the primary's deletion at the same time must learn whether it still has a replica. */
function restsOn(key: KmsKey, related: readonly KeyRow[]): readonly ExpectedVersion[] {
  const primary = primaryOf(key, related);
  return primary === undefined ? [] : [unchanged(kmsKeyTable, primary)];
}
