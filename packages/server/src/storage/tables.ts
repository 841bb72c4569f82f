import {
  attachmentTable,
  controlPolicyTable,
  groupMemberTable,
  groupTable,
  identityHeadTable,
  inlinePolicyTable,
  managedPolicyTable,
  managedPolicyVersionTable,
  roleTable,
  userTable,
} from './identity-tables.ts';
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

export const kmsKeyTable = table(
  'kms_key',
  'region',
  ['account_id', 'region', 'key_id'],
  {
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
    // Empty until key material is imported for the first time.
    current_material_id: 'text',
    rotation_enabled: 'integer',
    rotation_period_days: 'integer',
    next_rotation_at: 'integer?',
    on_demand_rotations: 'integer',
  },
  {
    later: {
      // Of a multi-Region key: the Region of its primary key, the same in all related keys.
      primary_region: 'text?',
      // Of a key that is Creating or Updating: the state that follows.
      next_state: 'text?',
      // Of a primary key in PendingReplicaDeletion: the waiting period that begins when its last replica is gone.
      pending_window_days: 'integer?',
    },
  },
);

export const keyPolicyTable = table(
  'key_policy',
  'region',
  ['account_id', 'region', 'key_id'],
  { account_id: 'text', region: 'text', key_id: 'text', document: 'text' },
  // The unique ids of the users and roles that the document names, by their ARNs, as JSON; null where it names none.
  { later: { bindings: 'text?' } },
);

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
  {
    wrappedColumn: 'wrapped',
    // `wrapped` is empty where imported key material was deleted, has expired, or is not yet imported in this Region.
    later: {
      // Of a key pair: its public key, SubjectPublicKeyInfo in DER.
      public_key: 'blob?',
      // Of imported key material that no rotation has made current yet: its KeyMaterialState. Null: CURRENT or NON_CURRENT.
      pending_state: 'text?',
      // When a rotation made it current, where that was not when it was made.
      rotated_at: 'integer?',
      // Of imported key material: when it expires.
      expires_at: 'integer?',
      // Of imported key material: its KeyMaterialDescription.
      description: 'text?',
    },
  },
);

/** What tells whether imported key material is what was imported before; it outlives the material, not the key. */
export const materialFingerprintTable = table(
  'material_fingerprint',
  'region',
  ['account_id', 'region', 'key_id', 'material_id'],
  { account_id: 'text', region: 'text', key_id: 'text', material_id: 'text', wrapped: 'blob' },
  { wrappedColumn: 'wrapped' },
);

/** Wrapping keys that GetParametersForImport gave out; the private keys are wrapped, and good for 24 hours. */
export const importParametersTable = table(
  'import_parameters',
  'region',
  ['account_id', 'region', 'key_id', 'id'],
  {
    account_id: 'text',
    region: 'text',
    key_id: 'text',
    id: 'text',
    wrapping_algorithm: 'text',
    wrapping_key_spec: 'text',
    wrapped: 'blob',
    expires_at: 'integer',
  },
  { wrappedColumn: 'wrapped' },
);

/**
 * The grants of a key. `grantee_key` and `retiring_key` are what callers are found by: the unique id of a user or role, that of its
 * role and its name for a session, an account's root ARN, a service's name. Operations and constraints are JSON, each in one spelling.
 */
export const grantTable = table('kms_grant', 'region', ['account_id', 'region', 'key_id', 'grant_id'], {
  account_id: 'text',
  region: 'text',
  key_id: 'text',
  grant_id: 'text',
  // Empty where CreateGrant was given none.
  grant_name: 'text',
  grantee: 'text',
  grantee_key: 'text',
  retiring: 'text?',
  retiring_key: 'text?',
  operations: 'text',
  constraints: 'text?',
  issuing_account: 'text',
  created_at: 'integer',
  // When it was retired or revoked, where that has yet to become effective.
  ended_at: 'integer?',
});

/** The last cryptographic operation of a key that succeeded; written behind the requests. */
export const keyLastUsageTable = table('key_last_usage', 'region', ['account_id', 'region', 'key_id'], {
  account_id: 'text',
  region: 'text',
  key_id: 'text',
  operation: 'text',
  used_at: 'integer',
  event_id: 'text',
  request_id: 'text',
});

/** Since when the usage of keys is tracked, and up to where the journal's records are in `key_last_usage`. */
export const usageMarkTable = table('usage_mark', 'identity', ['singleton'], {
  singleton: 'text',
  tracked_since: 'integer',
  journal_segment: 'integer',
  journal_offset: 'integer',
});

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
  materialFingerprintTable,
  importParametersTable,
  grantTable,
  keyLastUsageTable,
  aliasTable,
  tagTable,
  tombstoneTable,
  usageMarkTable,
  identityHeadTable,
  userTable,
  groupTable,
  groupMemberTable,
  roleTable,
  managedPolicyTable,
  managedPolicyVersionTable,
  inlinePolicyTable,
  attachmentTable,
  controlPolicyTable,
  auditOutboxTable,
] as const;
