import { andThen, type Maybe } from '../maybe.ts';
import type { Storage } from '../storage/port.ts';
import { select } from '../storage/query.ts';
import type { Row } from '../storage/table.ts';
import { aliasTable, kmsKeyTable, tombstoneTable } from '../storage/tables.ts';
import type { AliasRow, KeyAddress, KeyRow } from './kms-key.ts';

export type TombstoneRow = Row<typeof tombstoneTable>;

/** Lists of an account and Region, in the order of their ids, always from the store. */
export class KeyListings {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** Up to `limit` keys whose id comes after `after`. */
  keys(
    accountId: string,
    region: string,
    after: string | undefined,
    limit: number,
  ): Maybe<readonly KeyRow[]> {
    const page = { orderBy: 'key_id', limit, ...(after === undefined ? {} : { after }) };
    return andThen(
      this.#storage.snapshot(select(kmsKeyTable, { account_id: accountId, region }, page)),
      ([rows]) => rows,
    );
  }

  /** Up to `limit` aliases whose name comes after `after`; with `targetKeyId`, that key's only. */
  aliases(
    scope: { readonly accountId: string; readonly region: string; readonly targetKeyId: string | undefined },
    after: string | undefined,
    limit: number,
  ): Maybe<readonly AliasRow[]> {
    const { accountId, region, targetKeyId } = scope;
    const equal = {
      account_id: accountId,
      region,
      ...(targetKeyId === undefined ? {} : { target_key_id: targetKeyId }),
    };
    const page = { orderBy: 'alias_name', limit, ...(after === undefined ? {} : { after }) };
    return andThen(this.#storage.snapshot(select(aliasTable, equal, page)), ([rows]) => rows);
  }

  /** What is left of a key that was destroyed, and of these key materials of it. */
  tombstones(
    { accountId, region, keyId }: KeyAddress,
    materialIds: readonly string[],
  ): Maybe<readonly TombstoneRow[]> {
    const own = { account_id: accountId, region };
    return andThen(
      this.#storage.snapshot(
        select(tombstoneTable, { ...own, kind: 'key', id: keyId }),
        ...materialIds.map((id) => select(tombstoneTable, { ...own, kind: 'material', id })),
      ),
      (rows) => rows.flat(),
    );
  }

  /** Whether this key id was used by a key that has been destroyed. */
  isDestroyed(accountId: string, region: string, keyId: string): Maybe<boolean> {
    const query = select(tombstoneTable, { account_id: accountId, region, kind: 'key', id: keyId });
    return andThen(this.#storage.snapshot(query), ([rows]) => rows.length > 0);
  }
}
