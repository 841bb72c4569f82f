import {
  noMaterialPendingRotation,
  type RotationType,
  unsupportedOperation,
  unsupportedOrigin,
} from '@keyhaven/api-model';
import type { KeyStore, NewMaterial } from '../key-stores/port.ts';
import { keyMaterialTable } from '../storage/tables.ts';
import { type Change, insert, update } from '../storage/unit-of-work.ts';
import { dayMs } from './day.ts';
import { type KeyElsewhere, pendingStateOf, sameMaterial } from './imported-elsewhere.ts';
import { isPermanent, isUsable } from './key-material.ts';
import { addressOf, type KeyRow, type KmsKey, type MaterialRow } from './kms-key.ts';
import { newMaterialRow } from './new-key.ts';
import { assertNoReplica, relatedElsewhere, sharedChanges } from './related-keys.ts';

/** AWS's limit on RotateKeyOnDemand for one key ("Resource quotas", KMS Developer Guide). */
export const mostOnDemandRotations = 25;

/** Throws UnsupportedOperationException for kinds of keys that have no rotation: asymmetric and HMAC keys. */
export function assertRotates({ spec }: KmsKey): void {
  if (!spec.rotates) throw unsupportedOperation();
}

/** Throws UnsupportedOperationException for what has no rotation of its own: a replica rotates with its primary. */
export function assertRotatesOnDemand(key: KmsKey): void {
  assertRotates(key);
  assertNoReplica(key);
}

/** Throws UnsupportedOperationException for keys that do not rotate by themselves ("Rotate AWS KMS keys", KMS Developer Guide). */
export function assertRotatesByItself(key: KmsKey): void {
  assertRotates(key);
  if (key.row.origin !== 'AWS_KMS') throw unsupportedOrigin(key.arn, key.row.origin);
  assertNoReplica(key);
}

/** What a rotation is done with: the rows of related keys in every Region, and who copies key material to them. */
interface Rotating {
  readonly related: readonly KeyRow[];
  readonly keyStore: Pick<KeyStore, 'copyTo'>;
}

/**
 * New key material becomes current in every related key; all before it stays, and still opens what it encrypted. A
 * replica gets it whatever state it is in: it must open what the others encrypt.
 */
export function rotationChanges(
  key: KmsKey,
  material: NewMaterial,
  rotation: { readonly type: RotationType; readonly at: number },
  { related, keyStore }: Rotating,
): readonly Change[] {
  const { row, materials, spec } = key;
  const ordinal = (materials.at(-1)?.ordinal ?? 0) + 1;
  const own = newMaterialRow(addressOf(row), material, ordinal, rotation.at, rotation.type);
  const copies = relatedElsewhere(key, related).map((other) => {
    const { wrapped } = keyStore.copyTo({ material: own, spec, origin: row.origin }, addressOf(other));
    return { ...own, region: other.region, wrapped };
  });
  return [
    ...[own, ...copies].map((one) => insert(keyMaterialTable, one)),
    ...sharedChanges(key, related, {
      current_material_id: material.materialId,
      ...(rotation.type === 'ON_DEMAND'
        ? { on_demand_rotations: row.on_demand_rotations + 1 }
        : { next_rotation_at: rotation.at + row.rotation_period_days * dayMs }),
    }),
  ];
}

/**
 * The imported key material that the next rotation makes current; throws KMSInvalidStateException unless it is there, in
 * this key and in every related one.
 */
export function materialPendingRotation(
  { materials, arn }: KmsKey,
  elsewhere: readonly KeyElsewhere[],
  now: number,
): MaterialRow {
  const pending = materials.find((material) => !isPermanent(material) && isUsable(material, now));
  if (pending === undefined || pendingStateOf(pending, elsewhere, now) !== 'PENDING_ROTATION')
    throw noMaterialPendingRotation(arn);
  return pending;
}

/** Imported key material becomes current in every related key, on demand: it rotates in no other way. */
export function importedRotationChanges(
  key: KmsKey,
  pending: MaterialRow,
  {
    related,
    elsewhere,
  }: { readonly related: readonly KeyRow[]; readonly elsewhere: readonly KeyElsewhere[] },
  at: number,
): readonly Change[] {
  const rows = [pending, ...elsewhere.map((other) => sameMaterial(other, pending))];
  const rotated = { pending_state: null, rotation_type: 'ON_DEMAND', rotated_at: at };
  return [
    ...rows.filter((row) => row !== undefined).map((row) => update(keyMaterialTable, row, rotated)),
    ...sharedChanges(key, related, {
      current_material_id: pending.material_id,
      on_demand_rotations: key.row.on_demand_rotations + 1,
    }),
  ];
}
