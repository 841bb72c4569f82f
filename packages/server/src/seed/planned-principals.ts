import type { AccountDirectory } from '../accounts/account-directory.ts';
import { rootPrincipal } from '../authentication/index.ts';
import { readIamArn, readSessionArn } from '../identities/identifiers.ts';
import type { FoundPrincipal, Identities } from '../identities/port.ts';
import type { Maybe } from '../maybe.ts';
import type { ResolvedIdentities } from './resolve-identities.ts';

/** The principals that there will be once the seed is applied: those of the store, and those of the file. */
export class PlannedPrincipals implements AccountDirectory, Pick<Identities, 'find'> {
  readonly #accounts: AccountDirectory;
  readonly #stored: Pick<Identities, 'find'>;
  readonly #accountIds = new Set<string>();
  /** By ARN and by unique id. */
  readonly #planned = new Map<string, FoundPrincipal>();
  /** Roles by account and name, the path left out, as the ARN of a session names them. */
  readonly #roleIds = new Map<string, string>();

  constructor(accounts: AccountDirectory, stored: Pick<Identities, 'find'>) {
    this.#accounts = accounts;
    this.#stored = stored;
  }

  add(accountId: string, { users, roles }: ResolvedIdentities): void {
    this.#accountIds.add(accountId);
    for (const { arn, uniqueId } of users.values()) this.#note({ kind: 'user', accountId, arn, uniqueId });
    for (const { arn, uniqueId } of roles.values()) {
      this.#note({ kind: 'role', accountId, arn, uniqueId });
      this.#roleIds.set(`${accountId}/${readIamArn(arn)?.name ?? ''}`, uniqueId);
    }
  }

  exists(accountId: string): boolean {
    return this.#accountIds.has(accountId) || this.#accounts.exists(accountId);
  }

  find(name: string): Maybe<FoundPrincipal | undefined> {
    const planned = this.#planned.get(name) ?? this.#findAccount(name) ?? this.#findSession(name);
    return planned ?? this.#stored.find(name);
  }

  #note(principal: FoundPrincipal & { readonly uniqueId: string }): void {
    this.#planned.set(principal.arn, principal).set(principal.uniqueId, principal);
  }

  #findAccount(name: string): FoundPrincipal | undefined {
    for (const accountId of this.#accountIds) {
      const { arn } = rootPrincipal(accountId);
      if (name === accountId || name === arn) return { kind: 'account', accountId, arn, uniqueId: undefined };
    }
    return undefined;
  }

  #findSession(arn: string): FoundPrincipal | undefined {
    const session = readSessionArn(arn);
    if (session === undefined) return undefined;
    const { accountId, roleName } = session;
    const uniqueId = this.#roleIds.get(`${accountId}/${roleName}`);
    return uniqueId === undefined ? undefined : { kind: 'assumed-role', accountId, arn, uniqueId };
  }
}
