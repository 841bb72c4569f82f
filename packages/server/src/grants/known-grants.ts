import { LRUCache } from 'lru-cache';
import { grantTable, kmsKeyTable } from '../storage/tables.ts';
import type { Change } from '../storage/unit-of-work.ts';
import type { StoredGrant } from './port.ts';

/** The grants of one key to one grantee, as of the latest commit. */
export interface GranteeGrants {
  /** Account, Region and id of the key. */
  readonly key: string;
  readonly grantee: string;
  readonly byId: Map<string, StoredGrant>;
  /** The same as a list; undefined after a change until somebody asks. */
  list: readonly StoredGrant[] | undefined;
  /** Grants that a commit made or changed, to be read before anyone is answered. */
  readonly changed: Set<string>;
}

/** More changes than that are not read one by one: the whole is read again. */
const mostChanged = 64;
const mostBytes = 256 * 1024 * 1024;
/** What a grant and an empty list take in memory, roughly: names, ids and the objects around them. */
const bytesOfGrant = 2048;
const bytesOfList = 512;

/**
 * What is known of grants, by key and grantee; also that there are none, which is what most requests meet. A commit changes what
 * it concerns and no more: the other fifty thousand grants of a key are not read again.
 */
export class KnownGrants {
  readonly #granteesOf = new Map<string, Set<string>>();
  readonly #known = new LRUCache<string, GranteeGrants>({
    max: 100_000,
    maxSize: mostBytes,
    sizeCalculation: ({ byId }) => bytesOfList + byId.size * bytesOfGrant,
    dispose: (known, _name, reason) => {
      if (reason !== 'set') this.#unlist(known);
    },
  });
  /** Rises with every change, so that nothing that was read before one is kept after it. */
  #changes = 0;

  get changes(): number {
    return this.#changes;
  }

  get(key: string, grantee: string): GranteeGrants | undefined {
    return this.#known.get(`${key}/${grantee}`);
  }

  /** Takes the grants that changed as they are now; one that is gone is in neither. */
  renew(known: GranteeGrants, grants: readonly StoredGrant[]): void {
    for (const grantId of known.changed) known.byId.delete(grantId);
    for (const stored of grants) known.byId.set(stored.row.grant_id, stored);
    known.changed.clear();
    known.list = undefined;
    // Counted anew.
    this.#known.set(`${known.key}/${known.grantee}`, known);
  }

  /** Keeps what was read, unless anything changed since `changes`. */
  keep(key: string, grantee: string, grants: readonly StoredGrant[], changes: number): void {
    if (changes !== this.#changes) return;
    const byId = new Map(grants.map((stored) => [stored.row.grant_id, stored]));
    let grantees = this.#granteesOf.get(key);
    if (grantees === undefined) this.#granteesOf.set(key, (grantees = new Set()));
    grantees.add(grantee);
    this.#known.set(`${key}/${grantee}`, { key, grantee, byId, list: grants, changed: new Set() });
  }

  /** Takes note of what a committed unit changed. */
  forget(changes: readonly Change[]): void {
    for (const { table, key: primaryKey, row } of changes) {
      if (table !== grantTable.name && table !== kmsKeyTable.name) continue;
      const [accountId = '', region = '', keyId = '', grantId = ''] = primaryKey.map(String);
      const key = `${accountId}/${region}/${keyId}`;
      if (table === kmsKeyTable.name) {
        if (row === undefined) this.#removeKey(key);
        continue;
      }
      this.#changes++;
      if (row === undefined) this.#removeFrom(key, grantId);
      else this.#noteChange(`${key}/${String(row['grantee_key'])}`, grantId);
    }
  }

  /** The key is destroyed, and its grants with it. */
  #removeKey(key: string): void {
    this.#changes++;
    for (const grantee of [...(this.#granteesOf.get(key) ?? [])]) this.#known.delete(`${key}/${grantee}`);
  }

  #removeFrom(key: string, grantId: string): void {
    for (const grantee of this.#granteesOf.get(key) ?? []) {
      const known = this.#known.peek(`${key}/${grantee}`);
      if (known === undefined) continue;
      known.changed.delete(grantId);
      if (known.byId.delete(grantId)) known.list = undefined;
    }
  }

  #noteChange(name: string, grantId: string): void {
    const known = this.#known.peek(name);
    if (known === undefined) return;
    known.changed.add(grantId);
    if (known.changed.size > mostChanged) this.#known.delete(name);
  }

  #unlist({ key, grantee }: GranteeGrants): void {
    const grantees = this.#granteesOf.get(key);
    grantees?.delete(grantee);
    if (grantees?.size === 0) this.#granteesOf.delete(key);
  }
}
