import {
  noMaterialPendingRotation,
  type RotationType,
  unsupportedOperation,
  unsupportedOrigin,
} from '@keyhaven/api-model';
import type { NewMaterial } from '../key-stores/port.ts';
import { keyMaterialTable, kmsKeyTable } from '../storage/tables.ts';
import { type Change, insert, update } from '../storage/unit-of-work.ts';
import { dayMs } from './day.ts';
import { isUsable } from './key-material.ts';
import { addressOf, type KmsKey, type MaterialRow } from './kms-key.ts';
import { newMaterialRow } from './new-key.ts';

/** AWS's limit on RotateKeyOnDemand for one key ("Resource quotas", KMS Developer Guide). */
export const mostOnDemandRotations = 25;

/** Throws UnsupportedOperationException for kinds of keys that have no rotation: asymmetric and HMAC keys. */
export function assertRotates({ spec }: KmsKey): void {
  if (!spec.rotates) throw unsupportedOperation();
}

/** Throws UnsupportedOperationException for keys that do not rotate by themselves ("Rotate AWS KMS keys", KMS Developer Guide). */
export function assertRotatesByItself(key: KmsKey): void {
  assertRotates(key);
  if (key.row.origin !== 'AWS_KMS') throw unsupportedOrigin(key.arn, key.row.origin);
}

/** New key material becomes current; all before it stays, and still opens what it encrypted. */
export function rotationChanges(
  key: KmsKey,
  material: NewMaterial,
  rotation: { readonly type: RotationType; readonly at: number },
): readonly Change[] {
  const { row, materials } = key;
  const last = materials.at(-1);
  return [
    insert(
      keyMaterialTable,
      newMaterialRow(addressOf(row), material, (last?.ordinal ?? 0) + 1, rotation.at, rotation.type),
    ),
    update(kmsKeyTable, row, {
      current_material_id: material.materialId,
      ...(rotation.type === 'ON_DEMAND'
        ? { on_demand_rotations: row.on_demand_rotations + 1 }
        : { next_rotation_at: rotation.at + row.rotation_period_days * dayMs }),
    }),
  ];
}

/** The imported key material that the next rotation makes current; throws KMSInvalidStateException where none is ready. */
export function materialPendingRotation({ materials, arn }: KmsKey, now: number): MaterialRow {
  const pending = materials.find(
    (material) => material.pending_state === 'PENDING_ROTATION' && isUsable(material, now),
  );
  if (pending === undefined) throw noMaterialPendingRotation(arn);
  return pending;
}

/** Imported key material becomes current, on demand: keys with imported key material rotate in no other way. */
export function importedRotationChanges(
  { row }: KmsKey,
  pending: MaterialRow,
  at: number,
): readonly Change[] {
  return [
    update(keyMaterialTable, pending, { pending_state: null, rotation_type: 'ON_DEMAND', rotated_at: at }),
    update(kmsKeyTable, row, {
      current_material_id: pending.material_id,
      on_demand_rotations: row.on_demand_rotations + 1,
    }),
  ];
}
