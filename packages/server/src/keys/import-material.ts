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
import type { KeyStore, NewMaterial } from '../key-stores/port.ts';
import { keyMaterialTable, kmsKeyTable, materialFingerprintTable } from '../storage/tables.ts';
import { type Change, insert, update } from '../storage/unit-of-work.ts';
import type { FingerprintRow } from './import-bindings.ts';
import type { KeyElsewhere } from './imported-elsewhere.ts';
import { isPermanent, isWhole } from './key-material.ts';
import { addressOf, type KmsKey, type MaterialRow } from './kms-key.ts';
import { stateOf } from './load-key.ts';
import { newMaterialRow } from './new-key.ts';
import { assertNoReplica } from './related-keys.ts';

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
    // New key material comes in where the primary key is, and from there to its replicas.
    assertNoReplica(key);
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

/** Key material that the key did not have before. */
export interface NewlyImported extends Imported {
  readonly fingerprint: FingerprintRow;
}

/** The same material as before replaces the expiry, and makes a key that lacked it whole again. */
export function reimportChanges(
  key: KmsKey,
  row: MaterialRow,
  { material, expiresAt, description }: Imported,
  now: number,
): readonly Change[] {
  const changed = {
    wrapped: material.wrapped,
    public_key: material.publicKey ?? null,
    expires_at: expiresAt,
    description: description ?? row.description,
  };
  const after = key.materials.map((one) => (one === row ? { ...one, ...changed } : one));
  return [
    update(keyMaterialTable, row, changed),
    update(kmsKeyTable, key.row, statesAfterImport(key, after, now)),
  ];
}

/**
 * The first material is current at once, a later one waits for RotateKeyOnDemand. The replicas of the key know of it from
 * then on, and have no bytes of it until it is imported there too.
 */
export function newMaterialChanges(
  key: KmsKey,
  { material, fingerprint, expiresAt, description }: NewlyImported,
  elsewhere: readonly KeyElsewhere[],
  keyStore: Pick<KeyStore, 'copyFingerprint'>,
  now: number,
): readonly Change[] {
  const { row, materials } = key;
  const isFirst = materials.length === 0;
  const inserted = {
    ...newMaterialRow(addressOf(row), material, (materials.at(-1)?.ordinal ?? -1) + 1, now, null),
    pending_state: isFirst ? null : 'PENDING_ROTATION',
    expires_at: expiresAt,
    description: description ?? null,
  };
  const state: KeyState = 'Enabled';
  const current = { current_material_id: material.materialId };
  return [
    insert(keyMaterialTable, inserted),
    insert(materialFingerprintTable, fingerprint),
    update(kmsKeyTable, row, isFirst ? { ...current, state } : {}),
    ...elsewhere.flatMap(({ key: other }) => {
      const { region } = other.row;
      const wrapped = keyStore.copyFingerprint(fingerprint, addressOf(other.row));
      return [
        insert(keyMaterialTable, {
          ...inserted,
          region,
          wrapped: nothing,
          expires_at: null,
          description: null,
        }),
        insert(materialFingerprintTable, { ...fingerprint, region, wrapped }),
        update(kmsKeyTable, other.row, isFirst ? current : {}),
      ];
    }),
  ];
}

/** What is stored of key material that is not imported yet. */
const nothing = Buffer.alloc(0);

/** A key that lacked material is Enabled once it has all of it; whoever had all of it stays what it was. */
function statesAfterImport(
  key: KmsKey,
  materials: readonly MaterialRow[],
  now: number,
): { readonly state?: KeyState; readonly next_state?: KeyState } {
  const isLacking = stateOf(key, now) === 'PendingImport' || key.row.next_state === 'PendingImport';
  if (!isLacking) return {};
  const state: KeyState = isWhole(materials, now) ? 'Enabled' : 'PendingImport';
  return key.row.next_state === null ? { state } : { next_state: state };
}
