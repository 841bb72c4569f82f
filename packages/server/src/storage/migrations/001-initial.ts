/** The first schema. Migrations are frozen once released: later changes are new files. */
export const initial = `
CREATE TABLE installation (
  singleton TEXT NOT NULL PRIMARY KEY,
  installation_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  clock_offset_ms BIGINT NOT NULL,
  PROTECTION
);
CREATE TABLE domain_key (
  id TEXT NOT NULL PRIMARY KEY,
  key_scope TEXT NOT NULL,
  status TEXT NOT NULL,
  wrapped BLOB NOT NULL,
  created_at BIGINT NOT NULL,
  PROTECTION
);
CREATE TABLE account (
  account_id TEXT NOT NULL PRIMARY KEY,
  created_at BIGINT NOT NULL,
  PROTECTION
);
CREATE TABLE access_key (
  access_key_id TEXT NOT NULL PRIMARY KEY,
  account_id TEXT NOT NULL,
  principal_id TEXT NOT NULL,
  status TEXT NOT NULL,
  wrapped_secret BLOB NOT NULL,
  created_at BIGINT NOT NULL,
  PROTECTION
);
CREATE TABLE heartbeat (
  singleton TEXT NOT NULL PRIMARY KEY,
  service_time BIGINT NOT NULL,
  hold_remaining_ms BIGINT NOT NULL,
  PROTECTION
);
CREATE TABLE head (
  account_id TEXT NOT NULL,
  region TEXT NOT NULL,
  commit_number BIGINT NOT NULL,
  PROTECTION,
  PRIMARY KEY (account_id, region)
);
CREATE TABLE kms_key (
  account_id TEXT NOT NULL,
  region TEXT NOT NULL,
  key_id TEXT NOT NULL,
  description TEXT NOT NULL,
  key_spec TEXT NOT NULL,
  key_usage TEXT NOT NULL,
  origin TEXT NOT NULL,
  key_manager TEXT NOT NULL,
  multi_region BIGINT NOT NULL,
  state TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  deletion_at BIGINT,
  current_material_id TEXT NOT NULL,
  rotation_enabled BIGINT NOT NULL,
  rotation_period_days BIGINT NOT NULL,
  next_rotation_at BIGINT,
  on_demand_rotations BIGINT NOT NULL,
  PROTECTION,
  PRIMARY KEY (account_id, region, key_id)
);
CREATE INDEX kms_key_by_deletion ON kms_key (deletion_at);
CREATE INDEX kms_key_by_rotation ON kms_key (next_rotation_at);
CREATE TABLE key_policy (
  account_id TEXT NOT NULL,
  region TEXT NOT NULL,
  key_id TEXT NOT NULL,
  document TEXT NOT NULL,
  PROTECTION,
  PRIMARY KEY (account_id, region, key_id)
);
CREATE TABLE key_material (
  account_id TEXT NOT NULL,
  region TEXT NOT NULL,
  key_id TEXT NOT NULL,
  material_id TEXT NOT NULL,
  ordinal BIGINT NOT NULL,
  wrapped BLOB NOT NULL,
  created_at BIGINT NOT NULL,
  rotation_type TEXT,
  PROTECTION,
  PRIMARY KEY (account_id, region, key_id, material_id)
);
CREATE INDEX key_material_by_id ON key_material (region, material_id);
CREATE TABLE alias (
  account_id TEXT NOT NULL,
  region TEXT NOT NULL,
  alias_name TEXT NOT NULL,
  target_key_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PROTECTION,
  PRIMARY KEY (account_id, region, alias_name)
);
CREATE INDEX alias_by_target ON alias (account_id, region, target_key_id);
CREATE TABLE tag (
  account_id TEXT NOT NULL,
  region TEXT NOT NULL,
  key_id TEXT NOT NULL,
  tag_key TEXT NOT NULL,
  tag_value TEXT NOT NULL,
  PROTECTION,
  PRIMARY KEY (account_id, region, key_id, tag_key)
);
CREATE TABLE tombstone (
  account_id TEXT NOT NULL,
  region TEXT NOT NULL,
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  destroyed_at BIGINT NOT NULL,
  PROTECTION,
  PRIMARY KEY (account_id, region, kind, id)
);
CREATE TABLE audit_outbox (
  sequence BIGINT NOT NULL PRIMARY KEY,
  event_id TEXT NOT NULL,
  journal_segment BIGINT NOT NULL,
  journal_offset BIGINT NOT NULL,
  record TEXT NOT NULL,
  PROTECTION
);
`.replaceAll('PROTECTION', 'version BIGINT NOT NULL, domain_key_id TEXT NOT NULL, mac BLOB NOT NULL');
