import { table } from './table.ts';

// Principals and their policies. Names are unique whatever their case: `name_key` is the name in lower case. What belongs to a
// principal names its unique id, so that another one of the same name, made later, does not inherit it. Tags are a JSON object.

/** One row for each account that has principals or control policies; every change of them raises its version. */
export const identityHeadTable = table('identity_head', 'identity', ['account_id'], {
  account_id: 'text',
  changed_at: 'integer',
});

export const userTable = table('iam_user', 'identity', ['account_id', 'name_key'], {
  account_id: 'text',
  name_key: 'text',
  user_name: 'text',
  path: 'text',
  user_id: 'text',
  created_at: 'integer',
  boundary_arn: 'text?',
  tags: 'text',
});

export const groupTable = table('iam_group', 'identity', ['account_id', 'name_key'], {
  account_id: 'text',
  name_key: 'text',
  group_name: 'text',
  path: 'text',
  group_id: 'text',
  created_at: 'integer',
});

export const groupMemberTable = table('iam_group_member', 'identity', ['account_id', 'group_id', 'user_id'], {
  account_id: 'text',
  group_id: 'text',
  user_id: 'text',
});

export const roleTable = table('iam_role', 'identity', ['account_id', 'name_key'], {
  account_id: 'text',
  name_key: 'text',
  role_name: 'text',
  path: 'text',
  role_id: 'text',
  created_at: 'integer',
  description: 'text',
  trust_policy: 'text',
  // The unique ids of the users and roles that the trust policy names, by their ARNs, as JSON.
  trust_bindings: 'text',
  max_session_seconds: 'integer',
  boundary_arn: 'text?',
  tags: 'text',
  // Sessions that were made before are refused; null: none is.
  revoked_before: 'integer?',
});

export const managedPolicyTable = table('iam_policy', 'identity', ['account_id', 'name_key'], {
  account_id: 'text',
  name_key: 'text',
  policy_name: 'text',
  path: 'text',
  policy_id: 'text',
  created_at: 'integer',
  updated_at: 'integer',
  description: 'text',
  default_version: 'integer',
  // Version numbers are never used again.
  latest_version: 'integer',
  tags: 'text',
});

export const managedPolicyVersionTable = table(
  'iam_policy_version',
  'identity',
  ['account_id', 'policy_id', 'version_number'],
  {
    account_id: 'text',
    policy_id: 'text',
    version_number: 'integer',
    document: 'text',
    created_at: 'integer',
  },
);

/** The policies embedded in a user, a group or a role, whose unique id is `owner_id`. */
export const inlinePolicyTable = table(
  'iam_inline_policy',
  'identity',
  ['account_id', 'owner_id', 'policy_name'],
  { account_id: 'text', owner_id: 'text', policy_name: 'text', document: 'text' },
);

/** The managed policies that are attached to a user, a group or a role, whose unique id is `owner_id`. */
export const attachmentTable = table('iam_attachment', 'identity', ['account_id', 'owner_id', 'policy_arn'], {
  account_id: 'text',
  owner_id: 'text',
  policy_arn: 'text',
});

/** What the administrator sets for an account: `kind` is `service` or `resource`. */
export const controlPolicyTable = table('control_policy', 'identity', ['account_id', 'kind', 'policy_name'], {
  account_id: 'text',
  kind: 'text',
  policy_name: 'text',
  document: 'text',
});

/** Every table above; the first column of each one's primary key is the account. */
export const identityTables = [
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
] as const;
