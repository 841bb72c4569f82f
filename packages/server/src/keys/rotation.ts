import type { RotationType } from '@keyhaven/api-model';
import type { NewMaterial } from '../key-stores/port.ts';
import { keyMaterialTable, kmsKeyTable } from '../storage/tables.ts';
import { type Change, insert, update } from '../storage/unit-of-work.ts';
import { dayMs } from './day.ts';
import type { KmsKey } from './kms-key.ts';

/** AWS's limit on RotateKeyOnDemand for one key ("Resource quotas", KMS Developer Guide). */
export const mostOnDemandRotations = 25;

/** New key material becomes current; all before it stays, and still opens what it encrypted. */
export function rotationChanges(
  key: KmsKey,
  material: NewMaterial,
  rotation: { readonly type: RotationType; readonly at: number },
): readonly Change[] {
  const { row, materials } = key;
  const last = materials.at(-1);
  return [
    insert(keyMaterialTable, {
      account_id: row.account_id,
      region: row.region,
      key_id: row.key_id,
      material_id: material.materialId,
      ordinal: (last?.ordinal ?? 0) + 1,
      wrapped: material.wrapped,
      created_at: rotation.at,
      rotation_type: rotation.type,
    }),
    update(kmsKeyTable, row, {
      current_material_id: material.materialId,
      ...(rotation.type === 'ON_DEMAND'
        ? { on_demand_rotations: row.on_demand_rotations + 1 }
        : { next_rotation_at: rotation.at + row.rotation_period_days * dayMs }),
    }),
  ];
}
