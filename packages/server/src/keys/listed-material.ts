import type { rotationList, RotationType, ValueOf } from '@keyhaven/api-model';
import { type KeyElsewhere, pendingStateOf } from './imported-elsewhere.ts';
import { isPermanent, isUsable } from './key-material.ts';
import type { KmsKey, MaterialRow } from './kms-key.ts';

type RotationsListEntry = ValueOf<typeof rotationList>[number];

/** Key material as ListKeyRotations shows it at a time ("RotationsListEntry", KMS API Reference). */
export function listedMaterial(
  key: KmsKey,
  material: MaterialRow,
  elsewhere: readonly KeyElsewhere[],
  now: number,
): RotationsListEntry {
  const { rotation_type, rotated_at, created_at } = material;
  return {
    KeyId: key.row.key_id,
    KeyMaterialId: material.material_id,
    KeyMaterialState: isPermanent(material)
      ? material === key.current
        ? 'CURRENT'
        : 'NON_CURRENT'
      : pendingStateOf(material, elsewhere, now),
    // The first key material came with the key, by no rotation, and the next of an imported key waits for its own.
    RotationDate: rotation_type === null ? undefined : (rotated_at ?? created_at),
    RotationType: (rotation_type ?? undefined) as RotationType | undefined,
    ...(key.row.origin === 'EXTERNAL' ? importedMembers(material, now) : {}),
  };
}

/** What only imported key material has; it has no expiry while it is not here. */
function importedMembers(material: MaterialRow, now: number): RotationsListEntry {
  const { description, expires_at } = material;
  const shared = { KeyMaterialDescription: description ?? undefined };
  if (!isUsable(material, now)) return { ...shared, ImportState: 'PENDING_IMPORT' };
  return {
    ...shared,
    ImportState: 'IMPORTED',
    ExpirationModel: expires_at === null ? 'KEY_MATERIAL_DOES_NOT_EXPIRE' : 'KEY_MATERIAL_EXPIRES',
    ValidTo: expires_at ?? undefined,
  };
}
