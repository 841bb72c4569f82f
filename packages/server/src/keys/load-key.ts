import type { KeyState } from '@keyhaven/api-model';
import type { SnapshotOf } from '../storage/port.ts';
import { select } from '../storage/query.ts';
import { aliasTable, keyMaterialTable, keyPolicyTable, kmsKeyTable, tagTable } from '../storage/tables.ts';
import { keyArn } from './key-arn.ts';
import { earliestExpiry } from './key-material.ts';
import { findKeySpec } from './key-specs.ts';
import type { KeyAddress, KmsKey } from './kms-key.ts';
import type { PolicyInterner } from './policy-interner.ts';

/** A stored key whose parts do not belong together: rows were removed or put back from outside. */
export class BrokenKeyError extends Error {}

/** The five queries that read a KMS key whole, for one snapshot. */
export function keyQueries({ accountId, region, keyId }: KeyAddress) {
  const key = { account_id: accountId, region, key_id: keyId };
  return [
    select(kmsKeyTable, key),
    select(keyPolicyTable, key),
    select(keyMaterialTable, key, { orderBy: 'ordinal' }),
    select(aliasTable, { account_id: accountId, region, target_key_id: keyId }, { orderBy: 'alias_name' }),
    select(tagTable, key, { orderBy: 'tag_key' }),
  ] as const;
}

/** Puts the rows of `keyQueries` together; undefined when there is no such key. */
export function assembleKey(
  [keys, policies, materials, aliases, tags]: SnapshotOf<ReturnType<typeof keyQueries>>,
  policiesByText: PolicyInterner,
): KmsKey | undefined {
  const row = keys[0];
  if (row === undefined) return undefined;
  const arn = keyArn(row.account_id, row.region, row.key_id);
  const policyRow = policies[0];
  const current = materials.find(({ material_id }) => material_id === row.current_material_id);
  const spec = findKeySpec(row.key_spec);
  const lacksMaterial = current === undefined && row.current_material_id !== '';
  if (policyRow === undefined || lacksMaterial || spec === undefined) {
    throw new BrokenKeyError(`${arn} lacks its policy, its current key material or a known key spec`);
  }
  return {
    row,
    arn,
    spec,
    policyRow,
    policy: policiesByText.get(policyRow),
    materials,
    current,
    expiresAt: earliestExpiry(materials),
    aliases,
    tags,
  };
}

/**
 * The key's state at a time, epoch milliseconds. What the row holds is one that Keyhaven wrote, because rows are
 * verified; imported key material that has expired counts as gone from that moment on, whenever the job removes it.
 */
export function stateOf({ row, expiresAt }: KmsKey, now: number): KeyState {
  const state = row.state as KeyState;
  return expiresAt <= now && needsMaterial.includes(state) ? 'PendingImport' : state;
}

/** States in which a key could be used or be made usable, if it had all its key material. */
const needsMaterial: readonly KeyState[] = ['Enabled', 'Disabled', 'Updating'];
