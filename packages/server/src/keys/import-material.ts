import {
  incorrectKeyMaterial,
  type ImportType,
  type KeyState,
  materialIdOfNewMaterial,
  onlyForSymmetricKeys,
  otherMaterialPending,
  unsupportedOrigin,
} from '@keyhaven/api-model';
import { randomHex } from '@keyhaven/crypto';
import type { NewMaterial } from '../key-stores/port.ts';
import type { NewRow } from '../storage/table.ts';
import { keyMaterialTable, kmsKeyTable, materialFingerprintTable } from '../storage/tables.ts';
import { type Change, insert, update } from '../storage/unit-of-work.ts';
import { isPermanent, isWhole } from './key-material.ts';
import { addressOf, type KmsKey, type MaterialRow } from './kms-key.ts';
import { stateOf } from './load-key.ts';
import { newMaterialRow } from './new-key.ts';

/** Throws UnsupportedOperationException unless the key's material is imported. */
export function assertImported({ row, arn }: KmsKey): void {
  if (row.origin !== 'EXTERNAL') throw unsupportedOrigin(arn, row.origin);
}

interface ImportMembers {
  readonly ImportType?: ImportType | undefined;
  readonly KeyMaterialDescription?: string | undefined;
  readonly KeyMaterialId?: string | undefined;
}

/** Throws ValidationException for members that this key, or this type of import, does not have (ImportKeyMaterial). */
export function assertImportMembers({ spec }: KmsKey, members: ImportMembers): void {
  if (spec.type !== 'symmetric') {
    for (const member of ['ImportType', 'KeyMaterialDescription', 'KeyMaterialId'] as const)
      if (members[member] !== undefined) throw onlyForSymmetricKeys(member, spec.name);
  }
  if (members.ImportType === 'NEW_KEY_MATERIAL' && members.KeyMaterialId !== undefined)
    throw materialIdOfNewMaterial();
}

/** What an import brings: key material that the key has or had, or key material under an id of its own. */
export type ImportChoice =
  | { readonly kind: 'existing'; readonly materialId: string; readonly row: MaterialRow }
  | { readonly kind: 'new'; readonly materialId: string };

/**
 * Whether the key takes the material; `knownId` is the id under which it has or had the same. Symmetric encryption keys
 * take new material as often as it differs from all they have, others the first for ever (ImportKeyMaterial).
 */
export function chooseImport(
  key: KmsKey,
  { ImportType, KeyMaterialId }: ImportMembers,
  knownId: string | undefined,
): ImportChoice {
  const { materials, arn } = key;
  if (
    (ImportType ?? (materials.length === 0 ? 'NEW_KEY_MATERIAL' : 'EXISTING_KEY_MATERIAL')) ===
    'NEW_KEY_MATERIAL'
  ) {
    if (knownId !== undefined) throw incorrectKeyMaterial();
    const materialId = randomHex(32);
    const pending = materials.find((material) => !isPermanent(material));
    if (pending !== undefined) throw otherMaterialPending(arn, materialId, pending.material_id);
    return { kind: 'new', materialId };
  }
  const row = materials.find(({ material_id }) => material_id === knownId);
  if (row === undefined || (KeyMaterialId !== undefined && KeyMaterialId !== knownId))
    throw incorrectKeyMaterial();
  return { kind: 'existing', materialId: row.material_id, row };
}

/** The material as it is stored, and what the request says about it. */
export interface Imported {
  readonly material: NewMaterial;
  /** Null: never. */
  readonly expiresAt: number | null;
  /** Undefined: as it was at the last import of the same material. */
  readonly description: string | undefined;
}

/** The first material is current at once, a later one waits for RotateKeyOnDemand; the same again replaces the expiry. */
export function importChanges(
  key: KmsKey,
  choice: ImportChoice,
  { material, expiresAt, description }: Imported,
  fingerprint: NewRow<typeof materialFingerprintTable>,
  now: number,
): readonly Change[] {
  const { row, materials } = key;
  if (choice.kind === 'existing') {
    const changed = {
      wrapped: material.wrapped,
      public_key: material.publicKey ?? null,
      expires_at: expiresAt,
      description: description ?? choice.row.description,
    };
    const after = materials.map((one) => (one === choice.row ? { ...one, ...changed } : one));
    return [
      update(keyMaterialTable, choice.row, changed),
      update(kmsKeyTable, row, { state: stateAfterImport(key, after, now) }),
    ];
  }
  const isFirst = materials.length === 0;
  const ordinal = (materials.at(-1)?.ordinal ?? -1) + 1;
  const inserted = {
    ...newMaterialRow(addressOf(row), material, ordinal, now, null),
    pending_state: isFirst ? null : 'PENDING_ROTATION',
    expires_at: expiresAt,
    description: description ?? null,
  };
  return [
    insert(keyMaterialTable, inserted),
    insert(materialFingerprintTable, fingerprint),
    update(kmsKeyTable, row, isFirst ? { current_material_id: choice.materialId, state: 'Enabled' } : {}),
  ];
}

/** A key that lacked material is Enabled once it has all of it; whoever had all of it stays what it was. */
function stateAfterImport(key: KmsKey, materials: readonly MaterialRow[], now: number): KeyState {
  const before = stateOf(key, now);
  if (before !== 'PendingImport') return before;
  return isWhole(materials, now) ? 'Enabled' : 'PendingImport';
}
