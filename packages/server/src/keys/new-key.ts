import type { KeyUsage, KeyManager } from '@keyhaven/api-model';
import type { NewMaterial } from '../key-stores/port.ts';
import type { NewRow } from '../storage/table.ts';
import { aliasTable, keyMaterialTable, keyPolicyTable, kmsKeyTable, tagTable } from '../storage/tables.ts';
import { type Change, insert } from '../storage/unit-of-work.ts';
import type { KeySpecRow } from './key-specs.ts';
import type { KeyAddress } from './kms-key.ts';

export interface NewKey {
  readonly address: KeyAddress;
  readonly spec: KeySpecRow;
  readonly usage: KeyUsage;
  readonly manager: KeyManager;
  readonly description: string;
  readonly policy: string;
  /** Oldest first; the last is current. */
  readonly materials: readonly [NewMaterial, ...NewMaterial[]];
  readonly tags: ReadonlyMap<string, string>;
  readonly aliases: readonly string[];
  readonly now: number;
  readonly rotation?: { readonly periodDays: number; readonly nextAt: number };
}

/** The rows of a new KMS key, all inserted or none: an id that exists already is a conflict. */
export function newKeyChanges(key: NewKey): {
  readonly row: NewRow<typeof kmsKeyTable>;
  readonly changes: readonly Change[];
} {
  const { address, now } = key;
  const own = { account_id: address.accountId, region: address.region, key_id: address.keyId };
  const current = key.materials.at(-1) ?? key.materials[0];
  const row = {
    ...own,
    description: key.description,
    key_spec: key.spec.name,
    key_usage: key.usage,
    origin: 'AWS_KMS',
    key_manager: key.manager,
    multi_region: 0,
    state: 'Enabled',
    created_at: now,
    deletion_at: null,
    current_material_id: current.materialId,
    rotation_enabled: key.rotation === undefined ? 0 : 1,
    rotation_period_days: key.rotation?.periodDays ?? 365,
    next_rotation_at: key.rotation?.nextAt ?? null,
    on_demand_rotations: 0,
  };
  const changes = [
    insert(kmsKeyTable, row),
    insert(keyPolicyTable, { ...own, document: key.policy }),
    ...key.materials.map(({ materialId, wrapped }, ordinal) =>
      insert(keyMaterialTable, {
        ...own,
        material_id: materialId,
        ordinal,
        wrapped,
        created_at: now,
        rotation_type: ordinal === 0 ? null : 'ON_DEMAND',
      }),
    ),
    ...[...key.tags].map(([tag_key, tag_value]) => insert(tagTable, { ...own, tag_key, tag_value })),
    ...key.aliases.map((alias_name) =>
      insert(aliasTable, {
        account_id: own.account_id,
        region: own.region,
        alias_name,
        target_key_id: own.key_id,
        created_at: now,
        updated_at: now,
      }),
    ),
  ];
  return { row, changes };
}
