import { select } from '../storage/query.ts';
import {
  attachmentTable,
  controlPolicyTable,
  groupTable,
  inlinePolicyTable,
  managedPolicyTable,
  managedPolicyVersionTable,
  roleTable,
  userTable,
} from '../storage/identity-tables.ts';
import {
  documentFlaws,
  headFlaws,
  headQuery,
  isThere,
  nameFlaws,
  type OfAccount,
  policyQuery,
  tagFlaws,
} from './identity-flaws.ts';
import type { AnyRow, Flaw, RowCheck } from './row-check.ts';

const managedPolicyCheck: RowCheck<typeof managedPolicyTable> = {
  table: managedPolicyTable,
  related: (row) => [
    headQuery(row),
    select(managedPolicyVersionTable, {
      account_id: row.account_id,
      policy_id: row.policy_id,
      version_number: row.default_version,
    }),
  ],
  judge(row, [heads = [], versions = []]) {
    const what = `policy ${row.policy_name}`;
    const flaws = [
      ...headFlaws(row, heads),
      ...nameFlaws('policy', row.policy_name, row.name_key),
      ...tagFlaws(what, row.tags),
    ];
    if (versions.length === 0) {
      const text = `The ${what} lacks its default version v${row.default_version}.`;
      flaws.push({ check: 'policy-default-version', text });
    }
    return flaws;
  },
};

const versionCheck: RowCheck<typeof managedPolicyVersionTable> = {
  table: managedPolicyVersionTable,
  related: ({ account_id, policy_id }) => [select(managedPolicyTable, { account_id, policy_id })],
  judge({ policy_id, version_number, document }, [policies = []]) {
    const [policy] = policies;
    const what = `version v${version_number} of the policy ${policy_id}`;
    const flaws = [...documentFlaws(what, document, 'identity')];
    if (policy === undefined)
      flaws.push({ check: 'policy-version', text: `There is ${what}, but no such policy.` });
    else if (version_number > Number(policy['latest_version']))
      flaws.push({ check: 'policy-version', text: `The ${what} is later than the policy's latest.` });
    return flaws;
  },
};

/** Users, groups and roles by their unique id: one of the three. */
const ownerQueries = ({ account_id, owner_id }: OfAccount & { readonly owner_id: string }) => [
  select(userTable, { account_id, user_id: owner_id }),
  select(groupTable, { account_id, group_id: owner_id }),
  select(roleTable, { account_id, role_id: owner_id }),
];

function ownerFlaws(what: string, ownerId: string, owners: readonly (readonly AnyRow[])[]): readonly Flaw[] {
  if (owners.some((rows) => rows.length > 0)) return [];
  return [{ check: 'policy-owner', text: `There is ${what} of ${ownerId}, who is not there.` }];
}

const inlinePolicyCheck: RowCheck<typeof inlinePolicyTable> = {
  table: inlinePolicyTable,
  related: ownerQueries,
  judge({ owner_id, policy_name, document }, owners) {
    return [
      ...ownerFlaws(`the policy ${policy_name}`, owner_id, owners),
      ...documentFlaws(`policy ${policy_name} of ${owner_id}`, document, 'identity'),
    ];
  },
};

const attachmentCheck: RowCheck<typeof attachmentTable> = {
  table: attachmentTable,
  related: (row) => [policyQuery(row.account_id, row.policy_arn), ...ownerQueries(row)],
  judge({ owner_id, policy_arn }, [policies = [], ...owners]) {
    const flaws = [...ownerFlaws(`an attachment of ${policy_arn}`, owner_id, owners)];
    if (!isThere(policy_arn, policies)) {
      const text = `The policy ${policy_arn} is attached to ${owner_id}, but it is not there.`;
      flaws.push({ check: 'attached-policy', text });
    }
    return flaws;
  },
};

const controlPolicyCheck: RowCheck<typeof controlPolicyTable> = {
  table: controlPolicyTable,
  related: (row) => [headQuery(row)],
  judge(row, [heads = []]) {
    const what = `control policy ${row.policy_name} of account ${row.account_id}`;
    const flaws = [...headFlaws(row, heads), ...documentFlaws(what, row.document, 'control')];
    if (row.kind !== 'service' && row.kind !== 'resource')
      flaws.push({ check: 'control-policy-kind', text: `The ${what} is of the kind ${row.kind}.` });
    return flaws;
  },
};

/** The checks of the policies that speak of principals, and of whom they are attached to. */
export const identityPolicyChecks: readonly RowCheck[] = [
  managedPolicyCheck,
  versionCheck,
  inlinePolicyCheck,
  attachmentCheck,
  controlPolicyCheck,
];
