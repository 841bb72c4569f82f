import { LRUCache } from 'lru-cache';
import type { AccountDirectory } from '../accounts/account-directory.ts';
import type { Caller } from '../authentication/caller.ts';
import { andThen, type Maybe } from '../maybe.ts';
import type { Storage } from '../storage/port.ts';
import { identityTables } from '../storage/identity-tables.ts';
import type { Change } from '../storage/unit-of-work.ts';
import { callerPoliciesOf, controlPoliciesOf } from './caller-policies.ts';
import { findPrincipal, type FoundOwner, foundRole, foundUser } from './find-principal.ts';
import { IdentityReads, readAllIdentities, type RoleRow, type UserRow } from './identity-rows.ts';
import { PolicyDocuments } from './policy-documents.ts';
import type { AccountControls, CallerIdentity, FoundPrincipal, Identities } from './port.ts';
import { headVersion, type ReadIdentity, readAccount, readRole, readUser } from './read-identity.ts';
import { overlayTags, readTags } from './tags.ts';

/** A user or role with what its policies and tags are, for explanations. */
export interface ListedPrincipal extends FoundOwner {
  readonly identity: CallerIdentity;
}

const tableNames: ReadonlySet<string> = new Set(identityTables.map(({ name }) => name));

/**
 * Principals and their policies, from the store. What is known of a principal is kept until a commit changes anything of its
 * account. Throws BrokenIdentityError for rows that do not belong together, and CommitConflict for an account that somebody
 * changed while it was read.
 */
export class StoredIdentities implements Identities {
  readonly #storage: Storage;
  readonly #accounts: AccountDirectory;
  readonly #documents = new PolicyDocuments();
  /** By account and unique id; an account's root and its services have the account's own id. */
  readonly #known = new LRUCache<string, CallerIdentity>({ max: 20_000 });
  /** What a session adds to its role, for as long as the role's own is the same. */
  readonly #sessions = new WeakMap<
    Caller,
    { readonly base: CallerIdentity; readonly whole: CallerIdentity }
  >();
  /** Rises with every change, so that nothing that was read before one is kept after it. */
  #changes = 0;

  constructor(storage: Storage, accounts: AccountDirectory) {
    this.#storage = storage;
    this.#accounts = accounts;
  }

  of(caller: Caller, fresh: boolean): Maybe<CallerIdentity> {
    const { principal, accountId } = caller;
    switch (principal.kind) {
      case 'root':
      case 'service':
        return this.#find(accountId, accountId, fresh, readAccount);
      case 'user':
        return andThen(this.#find(accountId, principal.principalId, fresh, readUser), (identity) =>
          this.#withSession(caller, identity),
        );
      case 'assumed-role':
        return andThen(this.#find(accountId, principal.roleId, fresh, readRole), (identity) =>
          this.#withSession(caller, identity),
        );
    }
  }

  controlsOf(accountId: string, fresh: boolean): Maybe<AccountControls> {
    return this.#find(accountId, accountId, fresh, readAccount);
  }

  /** Always from the store: it is asked where something is about to be written. */
  find(name: string): Maybe<FoundPrincipal | undefined> {
    return findPrincipal(name, this.#storage, this.#accounts);
  }

  /** Every user and role of an account, users first, each in the order of the names; from one snapshot of the store. */
  async list(accountId: string): Promise<readonly ListedPrincipal[]> {
    const { head, users, roles, controls, rows } = await readAllIdentities(this.#storage, accountId);
    const { service, resource } = controlPoliciesOf(controls, this.#documents);
    const expect = [headVersion(accountId, head)];
    const listed = (owner: FoundOwner, { boundary_arn, tags }: UserRow | RoleRow): ListedPrincipal => ({
      ...owner,
      identity: {
        policies: callerPoliciesOf(owner, boundary_arn, rows, service, this.#documents),
        tags: readTags(tags, owner.arn),
        resourceControl: resource,
        expect,
      },
    });
    return [
      ...users.map((row) => listed(foundUser(row), row)),
      ...roles.map((row) => listed(foundRole(row), row)),
    ];
  }

  /** Drops what a committed unit outdated: everything that is known of an account whose identities it changed. */
  forget(changes: readonly Change[]): void {
    const accountIds = new Set<string>();
    for (const { table, key } of changes) if (tableNames.has(table)) accountIds.add(String(key[0]));
    if (accountIds.size === 0) return;
    this.#changes++;
    for (const name of [...this.#known.keys()])
      if (accountIds.has(name.slice(0, name.indexOf('/')))) this.#known.delete(name);
  }

  #find(accountId: string, id: string, fresh: boolean, read: ReadIdentity): Maybe<CallerIdentity> {
    const name = `${accountId}/${id}`;
    const known = fresh ? undefined : this.#known.get(name);
    return known ?? this.#read(name, accountId, id, read);
  }

  async #read(name: string, accountId: string, id: string, read: ReadIdentity): Promise<CallerIdentity> {
    const changes = this.#changes;
    const identity = await read(new IdentityReads(this.#storage, accountId), accountId, id, this.#documents);
    if (changes === this.#changes) this.#known.set(name, identity);
    return identity;
  }

  #withSession(caller: Caller, base: CallerIdentity): CallerIdentity {
    const { session } = caller;
    if (session === undefined) return base;
    const known = this.#sessions.get(caller);
    if (known?.base === base) return known.whole;
    const limits = session.policies.map(({ name, document }) => ({
      name,
      policy: this.#documents.get('identity', document, `the session policy ${name}`),
    }));
    const whole = {
      ...base,
      policies: { ...base.policies, session: limits.length === 0 ? undefined : limits },
      tags: overlayTags(base.tags, session.tags),
    };
    this.#sessions.set(caller, { base, whole });
    return whole;
  }
}
