import { notPrimaryKey } from '@keyhaven/api-model';
import type { NewRow } from '../storage/table.ts';
import { kmsKeyTable } from '../storage/tables.ts';
import { type Change, update } from '../storage/unit-of-work.ts';
import type { KeyRow, KmsKey } from './kms-key.ts';

/**
 * What related multi-Region keys have in common, the key id and the key material apart ("Shared properties of
 * multi-Region keys", KMS Developer Guide). Stored with each of them, and changed in all of them by one commit.
 */
export const sharedColumns = [
  'key_spec',
  'key_usage',
  'origin',
  'key_manager',
  'multi_region',
  'current_material_id',
  'rotation_enabled',
  'rotation_period_days',
  'next_rotation_at',
  'on_demand_rotations',
  'primary_region',
] as const satisfies readonly (keyof KeyRow)[];

type Shared = Partial<Pick<NewRow<typeof kmsKeyTable>, (typeof sharedColumns)[number]>>;

export function isReplica({
  multi_region,
  primary_region,
  region,
}: Pick<KeyRow, 'multi_region' | 'primary_region' | 'region'>): boolean {
  return multi_region === 1 && primary_region !== region;
}

/** Throws UnsupportedOperationException for a replica: what all related keys share is changed where the primary is. */
export function assertNoReplica({ row, arn }: KmsKey): void {
  if (isReplica(row)) throw notPrimaryKey(arn);
}

/** Throws UnsupportedOperationException unless the key is the primary of a multi-Region key. */
export function assertPrimary({ row, arn }: KmsKey): void {
  if (row.multi_region === 0 || isReplica(row)) throw notPrimaryKey(arn);
}

/** The related keys in other Regions; none for a single-Region key. */
export function relatedElsewhere({ row }: KmsKey, related: readonly KeyRow[]): readonly KeyRow[] {
  return related.filter(({ region }) => region !== row.region);
}

/** Changes what related keys share in every one of them. */
export function sharedChanges(key: KmsKey, related: readonly KeyRow[], shared: Shared): readonly Change[] {
  return [key.row, ...relatedElsewhere(key, related)].map((row) => update(kmsKeyTable, row, shared));
}
