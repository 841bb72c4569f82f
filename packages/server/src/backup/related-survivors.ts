import { KeyDirectory } from '../keys/key-directory.ts';
import type { KeyRow, KmsKey } from '../keys/kms-key.ts';
import { lastReplicaGone } from '../keys/last-replica.ts';
import { isReplica, relatedElsewhere } from '../keys/related-keys.ts';
import type { IntegrityStorage } from '../storage/integrity-storage.ts';
import { kmsKeyTable } from '../storage/tables.ts';
import { type Change, update } from '../storage/unit-of-work.ts';
import type { DestroyedKey } from './destroyed-keys.ts';

export interface Survivor {
  readonly row: KeyRow;
  readonly change: Change;
}

/**
 * What the destruction of one multi-Region key means for those that the backup holds in other Regions: a primary that waited
 * for its last replica has its own waiting period from then on; and where the backup still knows the destroyed key as the
 * primary, another had become that before.
 */
export async function relatedSurvivors(
  storage: IntegrityStorage,
  key: KmsKey,
  { destroyedAt, primaryRegion }: DestroyedKey,
): Promise<readonly Survivor[]> {
  const related = await new KeyDirectory(storage).readRelated(key);
  if (isReplica(key.row)) return lastReplicaGone(key, related, destroyedAt);
  const survivors = relatedElsewhere(key, related);
  const primary = survivors.find(({ region }) => region === primaryRegion) ?? survivors[0];
  return survivors.map((row) => ({
    row,
    change: update(kmsKeyTable, row, { primary_region: primary?.region ?? null }),
  }));
}
