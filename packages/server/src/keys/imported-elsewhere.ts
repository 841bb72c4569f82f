import type { KeyMaterialState } from '@keyhaven/api-model';
import { isUsable } from './key-material.ts';
import type { KmsKey, MaterialRow, StoredFingerprint } from './kms-key.ts';

/**
 * A related multi-Region key in another Region, and the fingerprints of its imported key material. All related keys know
 * the same key materials; into which of them the bytes were imported is each one's own.
 */
export interface KeyElsewhere {
  readonly key: KmsKey;
  readonly fingerprints: readonly StoredFingerprint[];
}

/** The row of the same key material in the other Region. */
export function sameMaterial({ key }: KeyElsewhere, { material_id }: MaterialRow): MaterialRow | undefined {
  return key.materials.find((other) => other.material_id === material_id);
}

/**
 * Which pending state imported key material is in: it can become current once every related key has it (ListKeyRotations,
 * "KeyMaterialState"). Found anew each time, so that a replica that comes, goes or loses it needs no change here.
 */
export function pendingStateOf(
  material: MaterialRow,
  elsewhere: readonly KeyElsewhere[],
  now: number,
): KeyMaterialState {
  const isEverywhere = elsewhere.every((other) => {
    const same = sameMaterial(other, material);
    return same !== undefined && isUsable(same, now);
  });
  return isEverywhere ? 'PENDING_ROTATION' : 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION';
}
