import { invalidGrantToken } from '@keyhaven/api-model';
import type { Principal } from '../authentication/principal.ts';
import type { KmsKey } from '../keys/kms-key.ts';
import { andThen, type Maybe } from '../maybe.ts';
import type { Storage } from '../storage/port.ts';
import { type Query, select } from '../storage/query.ts';
import { grantTable } from '../storage/tables.ts';
import type { Change } from '../storage/unit-of-work.ts';
import { callerNames, type CallerName } from './grantee-keys.ts';
import type { GrantTokens } from './grant-tokens.ts';
import { type GranteeGrants, KnownGrants } from './known-grants.ts';
import { type Grants, type GrantRow, noTokens, type OpenedTokens, type StoredGrant } from './port.ts';
import type { Propagation } from './propagation.ts';
import { readGrant } from './read-grant.ts';

type Found = Maybe<readonly StoredGrant[]>;

const none: readonly StoredGrant[] = Object.freeze([]);

/** Grants from the store. Only those that name the caller are ever read, however many the key has. */
export class StoredGrants implements Grants {
  readonly #storage: Storage;
  readonly #tokens: GrantTokens;
  readonly #propagation: Propagation;
  readonly #known = new KnownGrants();
  readonly #settled = new WeakMap<readonly StoredGrant[], number>();

  constructor(storage: Storage, tokens: GrantTokens, propagation: Propagation) {
    this.#storage = storage;
    this.#tokens = tokens;
    this.#propagation = propagation;
  }

  forCaller(principal: Principal, key: KmsKey, tokens: OpenedTokens, now: number, fresh: boolean): Found {
    return callerNames(principal).reduce<Found>(
      (before, name) =>
        andThen(before, (found) =>
          andThen(fresh ? this.#read(key, name) : this.#find(key, name), (grants) =>
            joined(found, this.#effective(grants, tokens, now)),
          ),
        ),
      none,
    );
  }

  openTokens(tokens: readonly string[], region: string): Maybe<OpenedTokens> {
    if (tokens.length === 0) return noTokens;
    const queries = tokens.map((token) => this.#queryOf(token, region));
    return andThen(this.#storage.snapshot(...queries), (answers) => {
      const opened = new Map<string, GrantRow>();
      for (const [row] of answers) {
        // What has ended is gone for whoever names it: a token asks about the grant as it is now.
        if (row?.ended_at !== null) throw invalidGrantToken();
        opened.set(row.grant_id, row);
      }
      return opened;
    });
  }

  /** Drops what a committed unit changed. */
  forget(changes: readonly Change[]): void {
    this.#known.forget(changes);
  }

  /** A token of another Region is none in this one: its grants are not known there. */
  #queryOf(token: string, region: string): Query<typeof grantTable> {
    const address = this.#tokens.open(token);
    if (address.region !== region) throw invalidGrantToken();
    const { accountId, keyId, grantId } = address;
    return select(grantTable, { account_id: accountId, region, key_id: keyId, grant_id: grantId });
  }

  #effective(grants: readonly StoredGrant[], tokens: OpenedTokens, now: number): readonly StoredGrant[] {
    if (grants.length === 0 || this.#settledAt(grants) <= now) return grants;
    return grants.filter(({ row }) => this.#propagation.isEffective(row, now) || tokens.has(row.grant_id));
  }

  /** From when on all of them are met, so that they need not be asked one by one: a caller may have very many. */
  #settledAt(grants: readonly StoredGrant[]): number {
    let at = this.#settled.get(grants);
    if (at === undefined) {
      at = grants.reduce((latest, { row }) => Math.max(latest, this.#propagation.settledAt(row)), 0);
      this.#settled.set(grants, at);
    }
    return at;
  }

  #find(key: KmsKey, name: CallerName): Found {
    const known = this.#known.get(keyText(key), name.key);
    if (known === undefined) return this.#read(key, name);
    if (known.changed.size === 0) return listOf(known);
    return this.#readChanged(key, name, known);
  }

  #read(key: KmsKey, name: CallerName): Found {
    const { account_id, region, key_id } = key.row;
    const changes = this.#known.changes;
    const query = select(grantTable, { account_id, region, key_id, grantee_key: name.key });
    return andThen(this.#storage.snapshot(query), ([rows]) => {
      const grants = rows.length === 0 ? none : rows.map((row) => readGrant(row, name.grantee));
      this.#known.keep(keyText(key), name.key, grants, changes);
      return grants;
    });
  }

  #readChanged(key: KmsKey, name: CallerName, known: GranteeGrants): Found {
    const { account_id, region, key_id } = key.row;
    const changes = this.#known.changes;
    const queries = [...known.changed].map((grant_id) =>
      select(grantTable, { account_id, region, key_id, grant_id }),
    );
    return andThen(this.#storage.snapshot(...queries), (answers) => {
      // Changed again while it was read, or kept no more.
      if (changes !== this.#known.changes || this.#known.get(known.key, known.grantee) !== known)
        return this.#read(key, name);
      const rows = answers.flatMap(([row]) => (row === undefined ? [] : [row]));
      this.#known.renew(
        known,
        rows.map((row) => readGrant(row, name.grantee)),
      );
      return listOf(known);
    });
  }
}

function listOf(known: GranteeGrants): readonly StoredGrant[] {
  return (known.list ??= [...known.byId.values()]);
}

function keyText({ row: { account_id, region, key_id } }: KmsKey): string {
  return `${account_id}/${region}/${key_id}`;
}

function joined(one: readonly StoredGrant[], other: readonly StoredGrant[]): readonly StoredGrant[] {
  if (one.length === 0) return other;
  return other.length === 0 ? one : [...one, ...other];
}
