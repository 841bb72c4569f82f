import { andThen, type Maybe } from '../maybe.ts';
import type { KeyAddress } from '../keys/kms-key.ts';
import type { Storage } from '../storage/port.ts';
import { select } from '../storage/query.ts';
import type { NewRow } from '../storage/table.ts';
import { grantTable } from '../storage/tables.ts';
import type { GrantRow } from './port.ts';

/** Which grants of a key are wanted; undefined: whichever. */
export interface GrantFilter {
  readonly grantId: string | undefined;
  readonly granteeKey: string | undefined;
}

/** "Grants per KMS key" ("Resource quotas", KMS Developer Guide). */
const quota = 50_000;

/** Grants that have not ended, page by page in the order of their ids, always from the store. */
export class GrantListings {
  readonly #storage: Storage;
  readonly mostGrantsOfAKey: number;

  constructor(storage: Storage, mostGrantsOfAKey = quota) {
    this.#storage = storage;
    this.mostGrantsOfAKey = mostGrantsOfAKey;
  }

  find({ accountId, region, keyId }: KeyAddress, grantId: string): Maybe<GrantRow | undefined> {
    const key = { account_id: accountId, region, key_id: keyId, grant_id: grantId };
    return andThen(this.#storage.snapshot(select(grantTable, { ...key, ended_at: null })), ([[row]]) => row);
  }

  /** Up to `limit` grants of a key whose id comes after `after`. */
  ofKey(
    { accountId, region, keyId }: KeyAddress,
    { grantId, granteeKey }: GrantFilter,
    after: string | undefined,
    limit: number,
  ): Maybe<readonly GrantRow[]> {
    const equal = {
      account_id: accountId,
      region,
      key_id: keyId,
      ended_at: null,
      ...(grantId === undefined ? {} : { grant_id: grantId }),
      ...(granteeKey === undefined ? {} : { grantee_key: granteeKey }),
    };
    return this.#page(equal, after, limit);
  }

  /** Up to `limit` grants of a Region that this principal may retire, whoever's keys they are on. */
  retirableBy(
    region: string,
    retiringKey: string,
    after: string | undefined,
    limit: number,
  ): Maybe<readonly GrantRow[]> {
    return this.#page({ region, retiring_key: retiringKey, ended_at: null }, after, limit);
  }

  /** The first grant that says the same under the same name. */
  findSame(row: NewRow<typeof grantTable>): Maybe<GrantRow | undefined> {
    const same: Partial<NewRow<typeof grantTable>> = {
      account_id: row.account_id,
      region: row.region,
      key_id: row.key_id,
      grant_name: row.grant_name,
      grantee_key: row.grantee_key,
      retiring_key: row.retiring_key,
      operations: row.operations,
      constraints: row.constraints,
      issuing_account: row.issuing_account,
      ended_at: null,
    };
    return andThen(this.#storage.snapshot(select(grantTable, same, { limit: 1 })), ([[found]]) => found);
  }

  /** Whether the key has as many grants as it may have: asked as whether there is a last one of so many. */
  isFull({ accountId, region, keyId }: KeyAddress): Maybe<boolean> {
    const equal = { account_id: accountId, region, key_id: keyId };
    const last = { orderBy: 'grant_id', offset: this.mostGrantsOfAKey - 1, limit: 1 };
    // Those that have ended do not count, yet to leave them out takes a look at each row: only where it matters.
    return andThen(this.#storage.snapshot(select(grantTable, equal, last)), ([rows]) =>
      rows.length === 0
        ? false
        : andThen(
            this.#storage.snapshot(select(grantTable, { ...equal, ended_at: null }, last)),
            ([effective]) => effective.length > 0,
          ),
    );
  }

  #page(
    equal: Partial<NewRow<typeof grantTable>>,
    after: string | undefined,
    limit: number,
  ): Maybe<readonly GrantRow[]> {
    const page = { orderBy: 'grant_id', limit, ...(after === undefined ? {} : { after }) };
    return andThen(this.#storage.snapshot(select(grantTable, equal, page)), ([rows]) => rows);
  }
}
