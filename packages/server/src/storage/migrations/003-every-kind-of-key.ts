/** What key pairs, imported key material, multi-Region keys and the last usage of keys are stored in. */
export const everyKindOfKey = `
ALTER TABLE kms_key ADD COLUMN primary_region TEXT;
ALTER TABLE kms_key ADD COLUMN next_state TEXT;
ALTER TABLE kms_key ADD COLUMN pending_window_days BIGINT;
ALTER TABLE key_material ADD COLUMN public_key BLOB;
ALTER TABLE key_material ADD COLUMN pending_state TEXT;
ALTER TABLE key_material ADD COLUMN rotated_at BIGINT;
ALTER TABLE key_material ADD COLUMN expires_at BIGINT;
ALTER TABLE key_material ADD COLUMN description TEXT;
CREATE INDEX kms_key_by_id ON kms_key (account_id, key_id);
CREATE INDEX kms_key_by_next_state ON kms_key (next_state);
CREATE INDEX key_material_by_expiry ON key_material (expires_at);
CREATE TABLE material_fingerprint (
  account_id TEXT NOT NULL,
  region TEXT NOT NULL,
  key_id TEXT NOT NULL,
  material_id TEXT NOT NULL,
  wrapped BLOB NOT NULL,
  PROTECTION,
  PRIMARY KEY (account_id, region, key_id, material_id)
);
CREATE TABLE import_parameters (
  account_id TEXT NOT NULL,
  region TEXT NOT NULL,
  key_id TEXT NOT NULL,
  id TEXT NOT NULL,
  wrapping_algorithm TEXT NOT NULL,
  wrapping_key_spec TEXT NOT NULL,
  wrapped BLOB NOT NULL,
  expires_at BIGINT NOT NULL,
  PROTECTION,
  PRIMARY KEY (account_id, region, key_id, id)
);
CREATE INDEX import_parameters_by_expiry ON import_parameters (expires_at);
CREATE TABLE key_last_usage (
  account_id TEXT NOT NULL,
  region TEXT NOT NULL,
  key_id TEXT NOT NULL,
  operation TEXT NOT NULL,
  used_at BIGINT NOT NULL,
  event_id TEXT NOT NULL,
  request_id TEXT NOT NULL,
  PROTECTION,
  PRIMARY KEY (account_id, region, key_id)
);
CREATE TABLE usage_mark (
  singleton TEXT NOT NULL PRIMARY KEY,
  tracked_since BIGINT NOT NULL,
  journal_segment BIGINT NOT NULL,
  journal_offset BIGINT NOT NULL,
  PROTECTION
);
`.replaceAll('PROTECTION', 'version BIGINT NOT NULL, domain_key_id TEXT NOT NULL, mac BLOB NOT NULL');
