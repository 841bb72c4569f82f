import { encodeFields, type Secret } from '@keyhaven/crypto';
import { LRUCache } from 'lru-cache';
import type { Credential, CredentialSource } from '../authentication/index.ts';
import { rootPrincipal } from '../authentication/index.ts';
import { type Keyring, identityScope } from '../domain-keys/keyring.ts';
import { andThen, type Maybe } from '../maybe.ts';
import type { Storage } from '../storage/port.ts';
import { select } from '../storage/query.ts';
import type { Row } from '../storage/table.ts';
import { accessKeyTable, accountTable } from '../storage/tables.ts';
import { type Change, insert } from '../storage/unit-of-work.ts';
import type { AccountDirectory } from './account-directory.ts';

/** An unknown access key id is asked for again after this long, so that a new one works at once everywhere. */
const unknownForMs = 1000;

type AccessKeyRow = Row<typeof accessKeyTable>;

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

  /** An access key of a disabled account is as good as none. */
  find(accessKeyId: string): Maybe<Credential | undefined> {
    const known = this.#credentials.get(accessKeyId);
    if (known !== undefined) return this.#unlessDisabled(known);
    if (this.#unknown.has(accessKeyId)) return undefined;
    return andThen(
      this.#storage.snapshot(select(accessKeyTable, { access_key_id: accessKeyId })),
      ([[row]]) => {
        if (row === undefined) {
          this.#unknown.set(accessKeyId, true);
          return undefined;
        }
        const credential = this.#open(row);
        this.#credentials.set(accessKeyId, credential);
        return this.#unlessDisabled(credential);
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
    const binding = bindingOf(accountId, accountId, accessKeyId);
    const wrapped = this.#keyring.wrap(identityScope, () => binding, secret);
    secret.fill(0);
    return insert(accessKeyTable, {
      access_key_id: accessKeyId,
      account_id: accountId,
      principal_id: accountId,
      status: 'Active',
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

  #unlessDisabled(credential: Credential): Credential | undefined {
    return this.#disabled.has(credential.accountId) ? undefined : credential;
  }

  #open(row: AccessKeyRow): Credential {
    const { account_id: accountId, access_key_id: accessKeyId } = row;
    return {
      accessKeyId,
      accountId,
      principal: rootPrincipal(accountId),
      status: row.status === 'Active' ? 'Active' : 'Inactive',
      secret: this.unwrapSecret(row),
      isTemporary: false,
    };
  }
}
