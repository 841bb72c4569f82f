import { compilePolicy, type CompiledPolicy, parsePolicyDocument, PolicySyntaxError } from '@keyhaven/policy';
import { LRUCache } from 'lru-cache';
import { andThen, type Maybe } from '../maybe.ts';
import {
  identityHeadTable,
  managedPolicyTable,
  managedPolicyVersionTable,
  roleTable,
} from '../storage/identity-tables.ts';
import type { Storage } from '../storage/port.ts';
import { select } from '../storage/query.ts';
import { type Change, unchanged } from '../storage/unit-of-work.ts';
import { BrokenIdentityError } from './broken-identity.ts';
import { iamArn, nameKeyOf, readIamArn } from './identifiers.ts';
import type { RoleRow } from './identity-rows.ts';
import type { Role, Roles, RoleStanding } from './roles.ts';
import { findTags, readTags } from './tags.ts';

/** Roles from the store. What is asked of every request of a session is kept until a commit changes the account's identities. */
export class StoredRoles implements Roles {
  readonly #storage: Storage;
  /** By account and unique id; `gone` where there is no such role. */
  readonly #standings = new LRUCache<string, RoleStanding | 'gone'>({ max: 20_000 });
  /** Rises with every change, so that nothing that was read before one is kept after it. */
  #changes = 0;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  find(arn: string): Maybe<Role | undefined> {
    const read = readIamArn(arn);
    if (read?.kind !== 'role') return undefined;
    const key = { account_id: read.accountId, name_key: nameKeyOf(read.name) };
    return andThen(this.#storage.snapshot(select(roleTable, key)), ([[row]]) => {
      // Names are unique whatever their case, yet an ARN names exactly one spelling and one path.
      const role = row === undefined ? undefined : assembleRole(row);
      return role?.arn === arn ? role : undefined;
    });
  }

  standingOf(accountId: string, roleId: string): Maybe<RoleStanding | undefined> {
    const name = `${accountId}/${roleId}`;
    const known = this.#standings.get(name);
    if (known !== undefined) return known === 'gone' ? undefined : known;
    const changes = this.#changes;
    const query = select(roleTable, { account_id: accountId, role_id: roleId });
    return andThen(this.#storage.snapshot(query), ([[row]]) => {
      const standing = row === undefined ? undefined : { revokedBefore: row.revoked_before ?? 0 };
      if (changes === this.#changes) this.#standings.set(name, standing ?? 'gone');
      return standing;
    });
  }

  findManagedPolicy(arn: string): Maybe<string | undefined> {
    const read = readIamArn(arn);
    if (read?.kind !== 'policy') return undefined;
    const account_id = read.accountId;
    const query = select(managedPolicyTable, { account_id, name_key: nameKeyOf(read.name) });
    return andThen(this.#storage.snapshot(query), ([[policy]]) => {
      if (policy === undefined || iamArn('policy', account_id, policy.path, policy.policy_name) !== arn)
        return undefined;
      const { policy_id, default_version: version_number } = policy;
      const version = select(managedPolicyVersionTable, { account_id, policy_id, version_number });
      return andThen(this.#storage.snapshot(version), ([[row]]) => row?.document);
    });
  }

  /** Drops what a committed unit outdated. */
  forget(changes: readonly Change[]): void {
    const accountIds = new Set<string>();
    for (const { table, key } of changes)
      if (table === roleTable.name || table === identityHeadTable.name) accountIds.add(String(key[0]));
    if (accountIds.size === 0) return;
    this.#changes++;
    for (const name of [...this.#standings.keys()])
      if (accountIds.has(name.slice(0, name.indexOf('/')))) this.#standings.delete(name);
  }
}

function assembleRole(row: RoleRow): Role {
  const { account_id: accountId, role_id: roleId, role_name: roleName, path } = row;
  const arn = iamArn('role', accountId, path, roleName);
  return {
    accountId,
    roleId,
    roleName,
    path,
    arn,
    trust: compileTrust(row, arn),
    maxSessionSeconds: row.max_session_seconds,
    tags: readTags(row.tags, arn),
    expect: unchanged(roleTable, row),
  };
}

/** Throws BrokenIdentityError: only what parses is ever stored. */
function compileTrust({ trust_policy, trust_bindings }: RoleRow, arn: string): CompiledPolicy {
  const bindings = findTags(trust_bindings);
  if (bindings === undefined) throw new BrokenIdentityError(`the bindings of ${arn} do not read`);
  try {
    return compilePolicy(parsePolicyDocument(trust_policy, 'trust'), bindings);
  } catch (error) {
    if (error instanceof PolicySyntaxError)
      throw new BrokenIdentityError(`the trust policy of ${arn} does not parse: ${error.message}`);
    throw error;
  }
}
