import { table } from './table.ts';

/** The installation itself: one row. */
export const installationTable = table(
  'installation',
  'root',
  ['singleton'],
  { singleton: 'text', installation_id: 'text', created_at: 'integer', clock_offset_ms: 'integer' },
  // What it was made for: `production`, or null for development.
  { later: { made_for: 'text?' } },
);

/** Domain keys, wrapped under the root key: one for each Region in use and one for identity data. */
export const domainKeyTable = table(
  'domain_key',
  'root',
  ['id'],
  {
    id: 'text',
    key_scope: 'text',
    status: 'text',
    wrapped: 'blob',
    created_at: 'integer',
  },
  { wrappedColumn: 'wrapped' },
);

export const accountTable = table(
  'account',
  'identity',
  ['account_id'],
  { account_id: 'text', created_at: 'integer' },
  // An account whose `disabled_at` is null is active.
  { later: { account_name: 'text?', disabled_at: 'integer?' } },
);

export const accessKeyTable = table(
  'access_key',
  'identity',
  ['access_key_id'],
  {
    access_key_id: 'text',
    account_id: 'text',
    principal_id: 'text',
    status: 'text',
    wrapped_secret: 'blob',
    created_at: 'integer',
  },
  { wrappedColumn: 'wrapped_secret' },
);

/** The last time at which this installation was seen alive; the clock rules of destruction lean on it. */
export const heartbeatTable = table(
  'heartbeat',
  'identity',
  ['singleton'],
  { singleton: 'text', service_time: 'integer', hold_remaining_ms: 'integer' },
  // Since when an operator holds destruction; null while nobody does.
  { later: { held_since: 'integer?' } },
);

/** One row for each account and Region; its commit number rises by one with each transaction, without gaps. */
export const headTable = table('head', 'region', ['account_id', 'region'], {
  account_id: 'text',
  region: 'text',
  commit_number: 'integer',
});

export const kmsKeyTable = table('kms_key', 'region', ['account_id', 'region', 'key_id'], {
  account_id: 'text',
  region: 'text',
  key_id: 'text',
  description: 'text',
  key_spec: 'text',
  key_usage: 'text',
  origin: 'text',
  key_manager: 'text',
  multi_region: 'integer',
  state: 'text',
  created_at: 'integer',
  deletion_at: 'integer?',
  current_material_id: 'text',
  rotation_enabled: 'integer',
  rotation_period_days: 'integer',
  next_rotation_at: 'integer?',
  on_demand_rotations: 'integer',
});

export const keyPolicyTable = table('key_policy', 'region', ['account_id', 'region', 'key_id'], {
  account_id: 'text',
  region: 'text',
  key_id: 'text',
  document: 'text',
});

export const keyMaterialTable = table(
  'key_material',
  'region',
  ['account_id', 'region', 'key_id', 'material_id'],
  {
    account_id: 'text',
    region: 'text',
    key_id: 'text',
    material_id: 'text',
    ordinal: 'integer',
    wrapped: 'blob',
    created_at: 'integer',
    rotation_type: 'text?',
  },
  { wrappedColumn: 'wrapped' },
);

export const aliasTable = table('alias', 'region', ['account_id', 'region', 'alias_name'], {
  account_id: 'text',
  region: 'text',
  alias_name: 'text',
  target_key_id: 'text',
  created_at: 'integer',
  updated_at: 'integer',
});

export const tagTable = table('tag', 'region', ['account_id', 'region', 'key_id', 'tag_key'], {
  account_id: 'text',
  region: 'text',
  key_id: 'text',
  tag_key: 'text',
  tag_value: 'text',
});

/** What was destroyed: ids that no seed file and no restore may bring back. */
export const tombstoneTable = table(
  'tombstone',
  'region',
  ['account_id', 'region', 'kind', 'id'],
  {
    account_id: 'text',
    region: 'text',
    kind: 'text',
    id: 'text',
    destroyed_at: 'integer',
  },
  // Of key material: the domain key that it was wrapped under. Copies open until that key is retired.
  { later: { wrapped_under: 'text?' } },
);

/**
 * Audit records whose change is committed and that the journal may not hold yet, in commit order.
 * Where the journal ended when the change was submitted tells recovery where to look for the record.
 */
export const auditOutboxTable = table('audit_outbox', 'identity', ['sequence'], {
  sequence: 'integer',
  event_id: 'text',
  journal_segment: 'integer',
  journal_offset: 'integer',
  record: 'text',
});

export const protectedTables = [
  installationTable,
  domainKeyTable,
  accountTable,
  accessKeyTable,
  heartbeatTable,
  headTable,
  kmsKeyTable,
  keyPolicyTable,
  keyMaterialTable,
  aliasTable,
  tagTable,
  tombstoneTable,
  auditOutboxTable,
] as const;
