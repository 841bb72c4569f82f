import { keyPendingImport } from '@keyhaven/api-model';
import type { KmsKey, MaterialRow } from './kms-key.ts';

// The states of key material: "Rotating keys with imported key material" and ListKeyRotations, KMS Developer Guide.

type Material = Pick<MaterialRow, 'wrapped' | 'pending_state' | 'expires_at'>;

/** Whether the material itself is here; what was deleted or has expired leaves its row. */
export function isPresent({ wrapped }: Material): boolean {
  return wrapped.length > 0;
}

/** CURRENT or NON_CURRENT: without any one of these the key cannot be used. */
export function isPermanent({ pending_state }: Material): boolean {
  return pending_state === null;
}

/** When the first material that the key cannot do without expires; Infinity: never. */
export function earliestExpiry(materials: readonly Material[]): number {
  let earliest = Infinity;
  for (const material of materials) {
    if (material.expires_at !== null && isPermanent(material) && isPresent(material))
      earliest = Math.min(earliest, material.expires_at);
  }
  return earliest;
}

/** Whether all that the key cannot do without is here at this time, epoch milliseconds; never of a key without any. */
export function isWhole(materials: readonly Material[], now: number): boolean {
  const needed = materials.filter(isPermanent);
  return needed.length > 0 && needed.every(isPresent) && earliestExpiry(materials) > now;
}

/** Whether the material is here and has not expired at this time, epoch milliseconds. */
export function isUsable(material: Material, now: number): boolean {
  return isPresent(material) && (material.expires_at === null || material.expires_at > now);
}

/** The material that encrypts, signs and so on; the key's state has been checked, so that it is there. */
export function currentMaterial(key: KmsKey): MaterialRow {
  if (key.current === undefined || !isPresent(key.current)) throw keyPendingImport(key.arn);
  return key.current;
}
