import { encodeFields, type Secret } from '@keyhaven/crypto';
import { LRUCache } from 'lru-cache';
import type { Credential, CredentialSource, Principal } from '../authentication/index.ts';
import { type Keyring, identityScope } from '../domain-keys/keyring.ts';
import { nameKeyOf } from '../identities/identifiers.ts';
import { andThen, type Maybe } from '../maybe.ts';
import type { Storage } from '../storage/port.ts';
import { select } from '../storage/query.ts';
import type { Row } from '../storage/table.ts';
import { userTable } from '../storage/identity-tables.ts';
import { accessKeyTable, accountTable } from '../storage/tables.ts';
import { type Change, insert } from '../storage/unit-of-work.ts';
import type { AccountDirectory } from './account-directory.ts';
import { findKeyHolder } from './key-holder.ts';

/** An unknown access key id is asked for again after this long, so that a new one works at once everywhere. */
const unknownForMs = 1000;

type AccessKeyRow = Row<typeof accessKeyTable>;

/** A new access key and whose it is. */
export interface NewAccessKeyRow {
  readonly accountId: string;
  /** The account's id for its root, a user's unique id, or a service's name. */
  readonly principalId: string;
  readonly accessKeyId: string;
  readonly status: 'Active' | 'Inactive';
}

/** What a wrapped secret access key is bound to: it opens for this account, principal and access key id only. */
function bindingOf(accountId: string, principalId: string, accessKeyId: string): Buffer {
  return encodeFields(['access key', 1, accountId, principalId, accessKeyId]);
}

/** The accounts of this installation and their access keys. */
export class Accounts implements AccountDirectory, CredentialSource {
  readonly #storage: Storage;
  readonly #keyring: Keyring;
  readonly #ids = new Set<string>();
  readonly #disabled = new Set<string>();
  readonly #credentials = new LRUCache<string, Credential>({
    max: 10_000,
    dispose: ({ secret }) => {
      secret.dispose();
    },
  });
  readonly #unknown = new LRUCache<string, true>({ max: 10_000, ttl: unknownForMs });

  constructor(storage: Storage, keyring: Keyring) {
    this.#storage = storage;
    this.#keyring = keyring;
  }

  async load(): Promise<void> {
    const [rows] = await this.#storage.snapshot(select(accountTable, {}));
    for (const row of rows) this.#note(row);
  }

  /** Disabled accounts exist too. */
  exists(accountId: string): boolean {
    return this.#ids.has(accountId);
  }

  /** Whether callers of the account are let in. */
  isEnabled(accountId: string): boolean {
    return this.#ids.has(accountId) && !this.#disabled.has(accountId);
  }

  /** An access key of a disabled account is as good as none. */
  find(accessKeyId: string): Maybe<Credential | undefined> {
    const known = this.#credentials.get(accessKeyId);
    if (known !== undefined) return this.#unlessDisabled(known);
    if (this.#unknown.has(accessKeyId)) return undefined;
    return andThen(
      this.#storage.snapshot(select(accessKeyTable, { access_key_id: accessKeyId })),
      ([[row]]) => {
        const holder = row === undefined ? undefined : findKeyHolder(row, this.#storage);
        return andThen(holder, (principal) => {
          if (row === undefined || principal === undefined) {
            this.#unknown.set(accessKeyId, true);
            return undefined;
          }
          const credential = this.#open(row, principal);
          this.#credentials.set(accessKeyId, credential);
          return this.#unlessDisabled(credential);
        });
      },
    );
  }

  /** The row of a new account. */
  accountChange(accountId: string, now: number, name: string | null = null): Change {
    return insert(accountTable, {
      account_id: accountId,
      created_at: now,
      account_name: name,
      disabled_at: null,
    });
  }

  /** The row of a new access key of an account's root, its secret wrapped. */
  rootAccessKeyChange(accountId: string, accessKeyId: string, secretAccessKey: string, now: number): Change {
    const secret = Buffer.from(secretAccessKey, 'utf8');
    const change = this.accessKeyChange(
      { accountId, principalId: accountId, accessKeyId, status: 'Active' },
      secret,
      now,
    );
    secret.fill(0);
    return change;
  }

  /** The row of a new access key, its secret wrapped; `secret` stays the caller's to zeroise. */
  accessKeyChange(
    { accountId, principalId, accessKeyId, status }: NewAccessKeyRow,
    secret: Buffer,
    now: number,
  ): Change {
    const binding = bindingOf(accountId, principalId, accessKeyId);
    const wrapped = this.#keyring.wrap(identityScope, () => binding, secret);
    return insert(accessKeyTable, {
      access_key_id: accessKeyId,
      account_id: accountId,
      principal_id: principalId,
      status,
      wrapped_secret: wrapped,
      created_at: now,
    });
  }

  /** The row's secret access key, opened anew; throws UnwrapError unless it was wrapped for exactly this row. */
  unwrapSecret(row: AccessKeyRow): Secret {
    const binding = bindingOf(row.account_id, row.principal_id, row.access_key_id);
    return this.#keyring.unwrap(identityScope, () => binding, row.wrapped_secret);
  }

  /** The row's secret access key wrapped under the current identity key. */
  rewrap(row: AccessKeyRow): Buffer {
    using secret = this.unwrapSecret(row);
    const binding = bindingOf(row.account_id, row.principal_id, row.access_key_id);
    return this.#keyring.wrap(identityScope, () => binding, secret);
  }

  /** Takes in what a committed unit changed: the next request already sees it. */
  forget(changes: readonly Change[]): void {
    for (const { table, key, row } of changes) {
      const id = String(key[0]);
      if (table === accessKeyTable.name) {
        this.#credentials.delete(id);
        this.#unknown.delete(id);
      }
      if (table === userTable.name) this.#dropCredentialsOf(id, String(key[1]));
      if (table === accountTable.name && row !== undefined)
        this.#note({ account_id: id, disabled_at: row['disabled_at'] ?? null });
    }
  }

  /** Zeroises every secret access key in memory. */
  dispose(): void {
    this.#credentials.clear();
  }

  #note({ account_id, disabled_at }: { readonly account_id: string; readonly disabled_at: unknown }): void {
    this.#ids.add(account_id);
    if (disabled_at === null) this.#disabled.delete(account_id);
    else this.#disabled.add(account_id);
  }

  /** A user of this name that another one replaces, or that is gone, must not be let in on what is cached. */
  #dropCredentialsOf(accountId: string, nameKey: string): void {
    for (const [id, { principal }] of [...this.#credentials.entries()]) {
      const isTheirs = principal.kind === 'user' && nameKeyOf(principal.userName) === nameKey;
      if (isTheirs && principal.accountId === accountId) this.#credentials.delete(id);
    }
  }

  #unlessDisabled(credential: Credential): Credential | undefined {
    return this.#disabled.has(credential.accountId) ? undefined : credential;
  }

  #open(row: AccessKeyRow, principal: Principal): Credential {
    const { account_id: accountId, access_key_id: accessKeyId } = row;
    return {
      accessKeyId,
      accountId,
      principal,
      status: row.status === 'Active' ? 'Active' : 'Inactive',
      secret: this.unwrapSecret(row),
      isTemporary: false,
    };
  }
}
