import { type RotationType, unsupportedOperation, unsupportedOrigin } from '@keyhaven/api-model';
import type { NewMaterial } from '../key-stores/port.ts';
import { keyMaterialTable, kmsKeyTable } from '../storage/tables.ts';
import { type Change, insert, update } from '../storage/unit-of-work.ts';
import { dayMs } from './day.ts';
import { addressOf, type KmsKey } from './kms-key.ts';
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
