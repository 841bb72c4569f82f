import { findTags } from '../identities/tags.ts';
import { select } from '../storage/query.ts';
import {
  groupMemberTable,
  groupTable,
  identityHeadTable,
  roleTable,
  userTable,
} from '../storage/identity-tables.ts';
import { accountTable } from '../storage/tables.ts';
import {
  documentFlaws,
  headFlaws,
  headQuery,
  isThere,
  nameFlaws,
  policyQuery,
  tagFlaws,
} from './identity-flaws.ts';
import { identityPolicyChecks } from './identity-policy-checks.ts';
import type { AnyRow, Flaw, RowCheck } from './row-check.ts';

function boundaryFlaws(what: string, arn: string | null, policies: readonly AnyRow[]): readonly Flaw[] {
  if (arn === null || isThere(arn, policies)) return [];
  const text = `The ${what} has the permissions boundary ${arn}, which is not there.`;
  return [{ check: 'identity-boundary', text }];
}

const headCheck: RowCheck<typeof identityHeadTable> = {
  table: identityHeadTable,
  related: ({ account_id }) => [select(accountTable, { account_id })],
  judge({ account_id }, [accounts = []]) {
    if (accounts.length > 0) return [];
    const text = `There are principals or control policies of the account ${account_id}, which is not there.`;
    return [{ check: 'identity-head-account', text }];
  },
};

const userCheck: RowCheck<typeof userTable> = {
  table: userTable,
  related: (row) => [headQuery(row), policyQuery(row.account_id, row.boundary_arn)],
  judge(row, [heads = [], policies = []]) {
    const what = `user ${row.user_name}`;
    return [
      ...headFlaws(row, heads),
      ...nameFlaws('user', row.user_name, row.name_key),
      ...boundaryFlaws(what, row.boundary_arn, policies),
      ...tagFlaws(what, row.tags),
    ];
  },
};

const groupCheck: RowCheck<typeof groupTable> = {
  table: groupTable,
  related: (row) => [headQuery(row)],
  judge: (row, [heads = []]) => [
    ...headFlaws(row, heads),
    ...nameFlaws('group', row.group_name, row.name_key),
  ],
};

const memberCheck: RowCheck<typeof groupMemberTable> = {
  table: groupMemberTable,
  related: ({ account_id, group_id, user_id }) => [
    select(groupTable, { account_id, group_id }),
    select(userTable, { account_id, user_id }),
  ],
  judge({ group_id, user_id }, [groups = [], users = []]) {
    if (groups.length > 0 && users.length > 0) return [];
    const missing = groups.length === 0 ? `the group ${group_id}` : `the user ${user_id}`;
    const text = `${user_id} is a member of ${group_id}, but ${missing} is not there.`;
    return [{ check: 'group-member', text }];
  },
};

const roleCheck: RowCheck<typeof roleTable> = {
  table: roleTable,
  related: (row) => [headQuery(row), policyQuery(row.account_id, row.boundary_arn)],
  judge(row, [heads = [], policies = []]) {
    const what = `role ${row.role_name}`;
    const flaws = [
      ...headFlaws(row, heads),
      ...nameFlaws('role', row.role_name, row.name_key),
      ...documentFlaws(`trust policy of the ${what}`, row.trust_policy, 'trust'),
      ...boundaryFlaws(what, row.boundary_arn, policies),
      ...tagFlaws(what, row.tags),
    ];
    // Names and ids, as tags are names and values.
    if (findTags(row.trust_bindings) === undefined) {
      const text = `Whom the trust policy of the ${what} names by unique id does not read.`;
      flaws.push({ check: 'trust-bindings', text });
    }
    return flaws;
  },
};

/** The checks of principals and of the policies that speak of them. */
export const identityChecks: readonly RowCheck[] = [
  headCheck,
  userCheck,
  groupCheck,
  memberCheck,
  roleCheck,
  ...identityPolicyChecks,
];
