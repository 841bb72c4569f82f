import type { KeyState } from '@keyhaven/api-model';
import { kmsKeyTable } from '../storage/tables.ts';
import { type Change, update } from '../storage/unit-of-work.ts';
import { dayMs } from './day.ts';
import type { KeyRow, KmsKey } from './kms-key.ts';
import { isReplica, relatedElsewhere } from './related-keys.ts';

/** The primary key of a replica; undefined for any other key. */
export function primaryOf({ row }: KmsKey, related: readonly KeyRow[]): KeyRow | undefined {
  return isReplica(row) ? related.find(({ region }) => region === row.primary_region) : undefined;
}

/**
 * What the destruction of a key changes of its primary: where it is the last replica and the primary waits for that, the
 * primary's own waiting period begins ("Deleting multi-Region keys", KMS Developer Guide). At most one.
 */
export function lastReplicaGone(
  key: KmsKey,
  related: readonly KeyRow[],
  now: number,
): readonly { readonly row: KeyRow; readonly change: Change }[] {
  const primary = primaryOf(key, related);
  const isLast = relatedElsewhere(key, related).length === 1;
  if (primary?.state !== 'PendingReplicaDeletion' || !isLast) return [];
  const state: KeyState = 'PendingDeletion';
  const deletion_at = now + (primary.pending_window_days ?? 30) * dayMs;
  return [
    {
      row: primary,
      change: update(kmsKeyTable, primary, { state, deletion_at, pending_window_days: null }),
    },
  ];
}
