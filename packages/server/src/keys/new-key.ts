import type { KeyUsage, KeyManager, KeyState } from '@keyhaven/api-model';
import type { NewMaterial } from '../key-stores/port.ts';
import type { NewRow } from '../storage/table.ts';
import { aliasTable, keyMaterialTable, keyPolicyTable, kmsKeyTable, tagTable } from '../storage/tables.ts';
import { type Change, insert } from '../storage/unit-of-work.ts';
import type { KeySpecRow } from './key-specs.ts';
import type { KeyAddress } from './kms-key.ts';
import type { StoredPolicy } from './policy-interner.ts';
import { tagRows } from './tag-rules.ts';

export interface NewKey {
  readonly address: KeyAddress;
  readonly spec: KeySpecRow;
  readonly usage: KeyUsage;
  readonly manager: KeyManager;
  readonly description: string;
  readonly policy: StoredPolicy;
  /** Oldest first; the last is current. None: the key is PendingImport, its origin EXTERNAL. */
  readonly materials: readonly NewMaterial[];
  readonly tags: ReadonlyMap<string, string>;
  readonly aliases: readonly string[];
  readonly now: number;
  readonly rotation?: { readonly periodDays: number; readonly nextAt: number };
  /** Makes a multi-Region primary key. */
  readonly isMultiRegion?: boolean;
}

type NewKeyRow = NewRow<typeof kmsKeyTable>;
type NewMaterialRow = NewRow<typeof keyMaterialTable>;

/** The rows of a new KMS key, all inserted or none: an id that exists already is a conflict. */
export function newKeyChanges(key: NewKey): {
  readonly row: NewKeyRow;
  readonly changes: readonly Change[];
} {
  const row = keyRow(key);
  const own = { account_id: row.account_id, region: row.region, key_id: row.key_id };
  const changes = [
    insert(kmsKeyTable, row),
    insert(keyPolicyTable, { ...own, document: key.policy.document, bindings: key.policy.bindings }),
    ...key.materials.map((material, ordinal) =>
      insert(
        keyMaterialTable,
        newMaterialRow(key.address, material, ordinal, key.now, ordinal === 0 ? null : 'ON_DEMAND'),
      ),
    ),
    ...tagRows(key.tags).map((tag) => insert(tagTable, { ...own, ...tag })),
    ...key.aliases.map((alias_name) =>
      insert(aliasTable, {
        account_id: own.account_id,
        region: own.region,
        alias_name,
        target_key_id: own.key_id,
        created_at: key.now,
        updated_at: key.now,
      }),
    ),
  ];
  return { row, changes };
}

/** The row of the key itself. */
export function keyRow(key: NewKey): NewKeyRow {
  const { address, rotation } = key;
  const current = key.materials.at(-1);
  const state: KeyState = current === undefined ? 'PendingImport' : 'Enabled';
  return {
    account_id: address.accountId,
    region: address.region,
    key_id: address.keyId,
    description: key.description,
    key_spec: key.spec.name,
    key_usage: key.usage,
    origin: current === undefined ? 'EXTERNAL' : 'AWS_KMS',
    key_manager: key.manager,
    multi_region: key.isMultiRegion === true ? 1 : 0,
    state,
    created_at: key.now,
    deletion_at: null,
    current_material_id: current?.materialId ?? '',
    rotation_enabled: rotation === undefined ? 0 : 1,
    rotation_period_days: rotation?.periodDays ?? 365,
    next_rotation_at: rotation?.nextAt ?? null,
    on_demand_rotations: 0,
    primary_region: key.isMultiRegion === true ? address.region : null,
    next_state: null,
    pending_window_days: null,
  };
}

/** The row of key material that the service made or imported just now. */
export function newMaterialRow(
  { accountId, region, keyId }: KeyAddress,
  { materialId, wrapped, publicKey }: NewMaterial,
  ordinal: number,
  now: number,
  rotationType: string | null,
): NewMaterialRow {
  return {
    account_id: accountId,
    region,
    key_id: keyId,
    material_id: materialId,
    ordinal,
    wrapped,
    created_at: now,
    rotation_type: rotationType,
    public_key: publicKey ?? null,
    pending_state: null,
    rotated_at: null,
    expires_at: null,
    description: null,
  };
}
