import { type IdentityKind, iamArn, nameKeyOf } from '../identities/identifiers.ts';
import type { Storage } from '../storage/port.ts';
import { select } from '../storage/query.ts';
import { groupTable, managedPolicyTable, roleTable, userTable } from '../storage/identity-tables.ts';
import { seedUniqueId } from './seed-identifiers.ts';
import type { SeedIdentities } from './seed-identities.ts';

/** What a seed file names, and who that is: what exists under the name already, or what will be made. */
export interface Resolved<Given> {
  readonly given: Given;
  readonly isNew: boolean;
  readonly uniqueId: string;
  readonly arn: string;
}

/** The identities of one account, by their names in lower case. */
export interface ResolvedIdentities {
  readonly users: ReadonlyMap<string, Resolved<SeedIdentities['users'][number]>>;
  readonly groups: ReadonlyMap<string, Resolved<SeedIdentities['groups'][number]>>;
  readonly roles: ReadonlyMap<string, Resolved<SeedIdentities['roles'][number]>>;
  readonly policies: ReadonlyMap<string, Resolved<SeedIdentities['policies'][number]>>;
}

interface Existing {
  readonly uniqueId: string;
  readonly path: string;
  readonly name: string;
}

/** Looks up what of an account's identities exists. */
export async function resolveIdentities(
  accountId: string,
  { users, groups, roles, policies }: SeedIdentities,
  storage: Storage,
): Promise<ResolvedIdentities> {
  const account_id = accountId;
  return {
    users: await resolveAll('user', accountId, users, async (name_key) => {
      const [[row]] = await storage.snapshot(select(userTable, { account_id, name_key }));
      return row && { uniqueId: row.user_id, path: row.path, name: row.user_name };
    }),
    groups: await resolveAll('group', accountId, groups, async (name_key) => {
      const [[row]] = await storage.snapshot(select(groupTable, { account_id, name_key }));
      return row && { uniqueId: row.group_id, path: row.path, name: row.group_name };
    }),
    roles: await resolveAll('role', accountId, roles, async (name_key) => {
      const [[row]] = await storage.snapshot(select(roleTable, { account_id, name_key }));
      return row && { uniqueId: row.role_id, path: row.path, name: row.role_name };
    }),
    policies: await resolveAll('policy', accountId, policies, async (name_key) => {
      const [[row]] = await storage.snapshot(select(managedPolicyTable, { account_id, name_key }));
      return row && { uniqueId: row.policy_id, path: row.path, name: row.policy_name };
    }),
  };
}

async function resolveAll<Given extends { readonly name: string; readonly path: string }>(
  kind: IdentityKind,
  accountId: string,
  all: readonly Given[],
  findExisting: (nameKey: string) => Promise<Existing | undefined>,
): Promise<ReadonlyMap<string, Resolved<Given>>> {
  const resolved = new Map<string, Resolved<Given>>();
  for (const given of all) {
    const nameKey = nameKeyOf(given.name);
    const existing = await findExisting(nameKey);
    const { path, name } = existing ?? given;
    resolved.set(nameKey, {
      given,
      isNew: existing === undefined,
      uniqueId: existing?.uniqueId ?? seedUniqueId(kind, accountId, given.name),
      arn: iamArn(kind, accountId, path, name),
    });
  }
  return resolved;
}
