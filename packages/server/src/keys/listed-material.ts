import type { KeyMaterialState, rotationList, RotationType, ValueOf } from '@keyhaven/api-model';
import { isUsable } from './key-material.ts';
import type { KmsKey, MaterialRow } from './kms-key.ts';

type RotationsListEntry = ValueOf<typeof rotationList>[number];

/** Key material as ListKeyRotations shows it at a time ("RotationsListEntry", KMS API Reference). */
export function listedMaterial(key: KmsKey, material: MaterialRow, now: number): RotationsListEntry {
  const { rotation_type, rotated_at, created_at } = material;
  return {
    KeyId: key.row.key_id,
    KeyMaterialId: material.material_id,
    KeyMaterialState: materialState(material, key),
    // The first key material came with the key, by no rotation, and the next of an imported key waits for its own.
    RotationDate: rotation_type === null ? undefined : (rotated_at ?? created_at),
    RotationType: (rotation_type ?? undefined) as RotationType | undefined,
    ...(key.row.origin === 'EXTERNAL' ? importedMembers(material, now) : {}),
  };
}

function materialState(material: MaterialRow, key: KmsKey): KeyMaterialState {
  // A row holds what Keyhaven wrote: a state that is not null is one of the pending ones.
  if (material.pending_state !== null) return material.pending_state as KeyMaterialState;
  return material === key.current ? 'CURRENT' : 'NON_CURRENT';
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
