import type { KeyState } from '@keyhaven/api-model';
import type { KeyStore } from '../key-stores/port.ts';
import type { NewRow } from '../storage/table.ts';
import {
  keyMaterialTable,
  keyPolicyTable,
  kmsKeyTable,
  materialFingerprintTable,
  tagTable,
  tombstoneTable,
} from '../storage/tables.ts';
import { type Change, insert, remove, update } from '../storage/unit-of-work.ts';
import type { FingerprintRow } from './import-bindings.ts';
import type { TombstoneRow } from './key-listings.ts';
import { addressOf, type KeyAddress, type KmsKey, type MaterialRow, type NewMaterialRow } from './kms-key.ts';
import type { StoredPolicy } from './policy-interner.ts';
import { tagRows } from './tag-rules.ts';

export interface NewReplica {
  readonly primary: KmsKey;
  readonly region: string;
  readonly description: string;
  readonly policy: StoredPolicy;
  readonly tags: ReadonlyMap<string, string>;
  readonly now: number;
  /** Of the primary's imported key material. */
  readonly fingerprints: readonly FingerprintRow[];
  /** Of a replica that was destroyed in this Region, and of its key material: the same ids are in use again. */
  readonly tombstones: readonly TombstoneRow[];
}

type NewKeyRow = NewRow<typeof kmsKeyTable>;
type Copies = Pick<KeyStore, 'copyTo' | 'copyFingerprint'>;

/**
 * The rows of a new replica, with all key material of its primary. The primary's row is written anew as it is: whoever
 * changes what related keys share, and has not seen this one, meets a conflict.
 */
export function replicaChanges(
  replica: NewReplica,
  keyStore: Copies,
): { readonly row: NewKeyRow; readonly changes: readonly Change[] } {
  const { primary, fingerprints, tombstones, policy, tags, region } = replica;
  const row = replicaRow(replica);
  const address = { ...addressOf(primary.row), region };
  const own = { account_id: row.account_id, region, key_id: row.key_id };
  const changes = [
    update(kmsKeyTable, primary.row, {}),
    ...tombstones.map((tombstone) => remove(tombstoneTable, tombstone)),
    insert(kmsKeyTable, row),
    insert(keyPolicyTable, { ...own, document: policy.document, bindings: policy.bindings }),
    ...primary.materials.map((material) =>
      insert(keyMaterialTable, copiedMaterial(primary, material, address, keyStore)),
    ),
    ...fingerprints.map((fingerprint) => {
      const wrapped = keyStore.copyFingerprint(fingerprint, address);
      return insert(materialFingerprintTable, { ...own, material_id: fingerprint.material_id, wrapped });
    }),
    ...tagRows(tags).map((tag) => insert(tagTable, { ...own, ...tag })),
  ];
  return { row, changes };
}

/** What related keys share is the primary's; all else is the replica's own. */
function replicaRow({ primary, region, description, now }: NewReplica): NewKeyRow {
  const state: KeyState = 'Creating';
  const next: KeyState = primary.row.origin === 'EXTERNAL' ? 'PendingImport' : 'Enabled';
  const { account_id, key_id, key_spec, key_usage, origin, key_manager } = primary.row;
  const { current_material_id, on_demand_rotations, primary_region } = primary.row;
  const { rotation_enabled, rotation_period_days, next_rotation_at } = primary.row;
  return {
    account_id,
    region,
    key_id,
    description,
    key_spec,
    key_usage,
    origin,
    key_manager,
    multi_region: 1,
    state,
    created_at: now,
    deletion_at: null,
    current_material_id,
    rotation_enabled,
    rotation_period_days,
    next_rotation_at,
    on_demand_rotations,
    primary_region,
    next_state: next,
    pending_window_days: null,
  };
}

/** Imported key material is imported into each Region on its own ("Import key material", KMS Developer Guide). */
function copiedMaterial(
  { spec, row: { origin } }: KmsKey,
  material: MaterialRow,
  address: KeyAddress,
  keyStore: Copies,
): NewMaterialRow {
  const { account_id, key_id, material_id, ordinal, created_at, rotation_type } = material;
  const { public_key, pending_state, rotated_at } = material;
  const isImported = origin === 'EXTERNAL';
  return {
    account_id,
    region: address.region,
    key_id,
    material_id,
    ordinal,
    wrapped: isImported ? new Uint8Array() : keyStore.copyTo({ material, spec, origin }, address).wrapped,
    created_at,
    rotation_type,
    public_key,
    pending_state,
    rotated_at,
    expires_at: null,
    description: null,
  };
}
