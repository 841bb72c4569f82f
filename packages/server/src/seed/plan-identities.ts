import { bindTrustPolicy } from '../identities/trust-bindings.ts';
import { identityHeadChange } from '../identities/head-change.ts';
import { nameKeyOf } from '../identities/identifiers.ts';
import type { Identities } from '../identities/port.ts';
import { tagsText } from '../identities/tags.ts';
import type { Storage } from '../storage/port.ts';
import { select } from '../storage/query.ts';
import {
  attachmentTable,
  controlPolicyTable,
  groupMemberTable,
  groupTable,
  inlinePolicyTable,
  managedPolicyTable,
  managedPolicyVersionTable,
  roleTable,
  userTable,
} from '../storage/identity-tables.ts';
import { type Change, insert } from '../storage/unit-of-work.ts';
import type { Resolved, ResolvedIdentities } from './resolve-identities.ts';
import { seedRefusal } from './seed-document.ts';
import type {
  SeedControlPolicy,
  SeedGroup,
  SeedManagedPolicy,
  SeedRole,
  SeedUser,
} from './seed-identities.ts';

/** What one account lacks of the seed's principals and policies, and the ARNs of what is made. */
export interface IdentityPlan {
  readonly changes: readonly Change[];
  readonly madeArns: readonly string[];
}

export interface IdentityPlanParts {
  readonly path: string;
  readonly accountId: string;
  readonly storage: Storage;
  /** Of the store and of the whole file: a trust policy may name anyone of it. */
  readonly principals: Pick<Identities, 'find'>;
  readonly now: number;
}

/** A user, group, role or policy that exists is left as it is, with all that belongs to it. Throws StartRefusal. */
export async function planIdentities(
  resolved: ResolvedIdentities,
  controlPolicies: readonly SeedControlPolicy[],
  parts: IdentityPlanParts,
): Promise<IdentityPlan> {
  const { users, groups, roles, policies } = resolved;
  const fresh = <T>(all: ReadonlyMap<string, Resolved<T>>) => [...all.values()].filter(({ isNew }) => isNew);
  const changes: Change[] = [];
  for (const policy of fresh(policies)) changes.push(...policyChanges(policy, parts));
  for (const group of fresh(groups)) changes.push(...groupChanges(group, resolved, parts));
  for (const user of fresh(users)) changes.push(...userChanges(user, resolved, parts));
  for (const role of fresh(roles)) changes.push(...(await roleChanges(role, resolved, parts)));
  const madeArns = [users, roles, groups, policies].flatMap((all: ReadonlyMap<string, Resolved<unknown>>) =>
    fresh(all).map(({ arn }) => arn),
  );
  for (const policy of controlPolicies) changes.push(...(await controlPolicyChanges(policy, parts)));
  if (changes.length === 0) return { changes, madeArns };
  const { storage, accountId, now } = parts;
  return { changes: [await identityHeadChange(storage, accountId, now), ...changes], madeArns };
}

function policyChanges(
  { given, uniqueId: policy_id }: Resolved<SeedManagedPolicy>,
  { accountId: account_id, now }: IdentityPlanParts,
): readonly Change[] {
  const { name, path, description, document } = given;
  return [
    insert(managedPolicyTable, {
      account_id,
      name_key: nameKeyOf(name),
      policy_name: name,
      path,
      policy_id,
      created_at: now,
      updated_at: now,
      description,
      default_version: 1,
      latest_version: 1,
      tags: tagsText(new Map()),
    }),
    insert(managedPolicyVersionTable, {
      account_id,
      policy_id,
      version_number: 1,
      document,
      created_at: now,
    }),
  ];
}

function groupChanges(
  group: Resolved<SeedGroup>,
  resolved: ResolvedIdentities,
  { accountId: account_id, now }: IdentityPlanParts,
): readonly Change[] {
  const { name, path } = group.given;
  const row = { account_id, name_key: nameKeyOf(name), group_name: name, path, group_id: group.uniqueId };
  return [insert(groupTable, { ...row, created_at: now }), ...ownedPolicies(account_id, group, resolved)];
}

function userChanges(
  user: Resolved<SeedUser>,
  resolved: ResolvedIdentities,
  { accountId: account_id, now }: IdentityPlanParts,
): readonly Change[] {
  const { name, path, groupKeys, boundaryKey, tags } = user.given;
  return [
    insert(userTable, {
      account_id,
      name_key: nameKeyOf(name),
      user_name: name,
      path,
      user_id: user.uniqueId,
      created_at: now,
      boundary_arn: policyArn(boundaryKey, resolved),
      tags: tagsText(tags),
    }),
    ...groupKeys.flatMap((key) => {
      const group_id = resolved.groups.get(key)?.uniqueId;
      return group_id === undefined
        ? []
        : [insert(groupMemberTable, { account_id, group_id, user_id: user.uniqueId })];
    }),
    ...ownedPolicies(account_id, user, resolved),
  ];
}

async function roleChanges(
  role: Resolved<SeedRole>,
  resolved: ResolvedIdentities,
  { accountId: account_id, now, principals, path: file }: IdentityPlanParts,
): Promise<readonly Change[]> {
  const { name, path, description, trustPolicy, boundaryKey, tags, maxSessionSeconds } = role.given;
  const bindings = await bindTrustPolicy(trustPolicy.text, principals);
  if (bindings === undefined) {
    const rule = `the trust policy of the role ${name} names a principal that does not exist`;
    throw seedRefusal(file, trustPolicy.line, rule);
  }
  return [
    insert(roleTable, {
      account_id,
      name_key: nameKeyOf(name),
      role_name: name,
      path,
      role_id: role.uniqueId,
      created_at: now,
      description,
      trust_policy: trustPolicy.text,
      trust_bindings: JSON.stringify(Object.fromEntries(bindings)),
      max_session_seconds: maxSessionSeconds,
      boundary_arn: policyArn(boundaryKey, resolved),
      tags: tagsText(tags),
      revoked_before: null,
    }),
    ...ownedPolicies(account_id, role, resolved),
  ];
}

function ownedPolicies(
  account_id: string,
  { given, uniqueId: owner_id }: Resolved<SeedGroup>,
  resolved: ResolvedIdentities,
): readonly Change[] {
  return [
    ...[...given.inlinePolicies].map(([policy_name, document]) =>
      insert(inlinePolicyTable, { account_id, owner_id, policy_name, document }),
    ),
    ...given.policyKeys.flatMap((key) => {
      const policy_arn = policyArn(key, resolved);
      return policy_arn === null ? [] : [insert(attachmentTable, { account_id, owner_id, policy_arn })];
    }),
  ];
}

/** The file's form refuses names that it does not define; null: none is named. */
function policyArn(key: string | undefined, { policies }: ResolvedIdentities): string | null {
  return key === undefined ? null : (policies.get(key)?.arn ?? null);
}

async function controlPolicyChanges(
  { kind, name: policy_name, document }: SeedControlPolicy,
  { accountId: account_id, storage }: IdentityPlanParts,
): Promise<readonly Change[]> {
  const row = { account_id, kind, policy_name };
  const [existing] = await storage.snapshot(select(controlPolicyTable, row));
  return existing.length > 0 ? [] : [insert(controlPolicyTable, { ...row, document })];
}
