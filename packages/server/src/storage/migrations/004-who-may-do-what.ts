/** What principals, their policies and grants are stored in. */
export const whoMayDoWhat = `
ALTER TABLE key_policy ADD COLUMN bindings TEXT;
CREATE TABLE identity_head (
  account_id TEXT NOT NULL PRIMARY KEY,
  changed_at BIGINT NOT NULL,
  PROTECTION
);
CREATE TABLE iam_user (
  account_id TEXT NOT NULL,
  name_key TEXT NOT NULL,
  user_name TEXT NOT NULL,
  path TEXT NOT NULL,
  user_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  boundary_arn TEXT,
  tags TEXT NOT NULL,
  PROTECTION,
  PRIMARY KEY (account_id, name_key)
);
CREATE UNIQUE INDEX iam_user_by_id ON iam_user (user_id);
CREATE TABLE iam_group (
  account_id TEXT NOT NULL,
  name_key TEXT NOT NULL,
  group_name TEXT NOT NULL,
  path TEXT NOT NULL,
  group_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PROTECTION,
  PRIMARY KEY (account_id, name_key)
);
CREATE UNIQUE INDEX iam_group_by_id ON iam_group (group_id);
CREATE TABLE iam_group_member (
  account_id TEXT NOT NULL,
  group_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  PROTECTION,
  PRIMARY KEY (account_id, group_id, user_id)
);
CREATE INDEX iam_group_member_by_user ON iam_group_member (account_id, user_id);
CREATE TABLE iam_role (
  account_id TEXT NOT NULL,
  name_key TEXT NOT NULL,
  role_name TEXT NOT NULL,
  path TEXT NOT NULL,
  role_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  description TEXT NOT NULL,
  trust_policy TEXT NOT NULL,
  trust_bindings TEXT NOT NULL,
  max_session_seconds BIGINT NOT NULL,
  boundary_arn TEXT,
  tags TEXT NOT NULL,
  revoked_before BIGINT,
  PROTECTION,
  PRIMARY KEY (account_id, name_key)
);
CREATE UNIQUE INDEX iam_role_by_id ON iam_role (role_id);
CREATE TABLE iam_policy (
  account_id TEXT NOT NULL,
  name_key TEXT NOT NULL,
  policy_name TEXT NOT NULL,
  path TEXT NOT NULL,
  policy_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  description TEXT NOT NULL,
  default_version BIGINT NOT NULL,
  latest_version BIGINT NOT NULL,
  tags TEXT NOT NULL,
  PROTECTION,
  PRIMARY KEY (account_id, name_key)
);
CREATE UNIQUE INDEX iam_policy_by_id ON iam_policy (policy_id);
CREATE TABLE iam_policy_version (
  account_id TEXT NOT NULL,
  policy_id TEXT NOT NULL,
  version_number BIGINT NOT NULL,
  document TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PROTECTION,
  PRIMARY KEY (account_id, policy_id, version_number)
);
CREATE TABLE iam_inline_policy (
  account_id TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  policy_name TEXT NOT NULL,
  document TEXT NOT NULL,
  PROTECTION,
  PRIMARY KEY (account_id, owner_id, policy_name)
);
CREATE TABLE iam_attachment (
  account_id TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  policy_arn TEXT NOT NULL,
  PROTECTION,
  PRIMARY KEY (account_id, owner_id, policy_arn)
);
CREATE INDEX iam_attachment_by_policy ON iam_attachment (account_id, policy_arn);
CREATE TABLE control_policy (
  account_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  policy_name TEXT NOT NULL,
  document TEXT NOT NULL,
  PROTECTION,
  PRIMARY KEY (account_id, kind, policy_name)
);
CREATE TABLE kms_grant (
  account_id TEXT NOT NULL,
  region TEXT NOT NULL,
  key_id TEXT NOT NULL,
  grant_id TEXT NOT NULL,
  grant_name TEXT NOT NULL,
  grantee TEXT NOT NULL,
  grantee_key TEXT NOT NULL,
  retiring TEXT,
  retiring_key TEXT,
  operations TEXT NOT NULL,
  constraints TEXT,
  issuing_account TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  ended_at BIGINT,
  PROTECTION,
  PRIMARY KEY (account_id, region, key_id, grant_id)
);
CREATE INDEX kms_grant_by_grantee ON kms_grant (account_id, region, key_id, grantee_key);
CREATE INDEX kms_grant_by_name ON kms_grant (account_id, region, key_id, grant_name);
CREATE INDEX kms_grant_by_retiring ON kms_grant (region, retiring_key);
CREATE INDEX kms_grant_by_id ON kms_grant (region, grant_id);
CREATE INDEX kms_grant_by_end ON kms_grant (ended_at);
CREATE INDEX access_key_by_principal ON access_key (account_id, principal_id);
`.replaceAll('PROTECTION', 'version BIGINT NOT NULL, domain_key_id TEXT NOT NULL, mac BLOB NOT NULL');
