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

/** What a wrapped secret access key is bound to: it opens for this account, principal and access key id only. */
function bindingOf(accountId: string, principalId: string, accessKeyId: string): Buffer {
  return encodeFields(['access key', 1, accountId, principalId, accessKeyId]);
}

/** The accounts of this installation and their access keys. */
export class Accounts implements AccountDirectory, CredentialSource {
  readonly #storage: Storage;
  readonly #keyring: Keyring;
  readonly #ids = new Set<string>();
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
    for (const { account_id } of rows) this.#ids.add(account_id);
  }

  exists(accountId: string): boolean {
    return this.#ids.has(accountId);
  }

  find(accessKeyId: string): Maybe<Credential | undefined> {
    const known = this.#credentials.get(accessKeyId);
    if (known !== undefined || this.#unknown.has(accessKeyId)) return known;
    return andThen(
      this.#storage.snapshot(select(accessKeyTable, { access_key_id: accessKeyId })),
      ([[row]]) => {
        if (row === undefined) {
          this.#unknown.set(accessKeyId, true);
          return undefined;
        }
        const credential = this.#open(row);
        this.#credentials.set(accessKeyId, credential);
        return credential;
      },
    );
  }

  /** The row of a new account. */
  accountChange(accountId: string, now: number): Change {
    return insert(accountTable, { account_id: accountId, created_at: now });
  }

  /** The row of a new access key of an account's root, its secret wrapped. */
  rootAccessKeyChange(accountId: string, accessKeyId: string, secretAccessKey: string, now: number): Change {
    const { key } = this.#keyring.get(identityScope);
    const secret = Buffer.from(secretAccessKey, 'utf8');
    const wrapped = key.wrap(bindingOf(accountId, accountId, accessKeyId), secret);
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

  #open(row: Row<typeof accessKeyTable>): Credential {
    const { key } = this.#keyring.get(identityScope);
    const { account_id: accountId, access_key_id: accessKeyId } = row;
    const binding = bindingOf(accountId, row.principal_id, accessKeyId);
    const secret: Secret = key.unwrap(binding, Buffer.from(row.wrapped_secret));
    const status = row.status === 'Active' ? 'Active' : 'Inactive';
    return {
      accessKeyId,
      accountId,
      principal: rootPrincipal(accountId),
      status,
      secret,
      isTemporary: false,
    };
  }
}
