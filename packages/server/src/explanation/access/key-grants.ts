import type { Grant } from '@keyhaven/policy';
import type { Principal } from '../../authentication/principal.ts';
import type { GrantListings } from '../../grants/grant-listings.ts';
import { callerNames } from '../../grants/grantee-keys.ts';
import type { GrantRow } from '../../grants/port.ts';
import { readGrant } from '../../grants/read-grant.ts';
import { addressOf, type KmsKey } from '../../keys/kms-key.ts';

const pageLength = 1000;

/** Every grant of a key that has not ended, by whom it names. */
export class KeyGrants {
  readonly #byGrantee = new Map<string, GrantRow[]>();

  static async read(key: KmsKey, listings: Pick<GrantListings, 'ofKey'>): Promise<KeyGrants> {
    const grants = new KeyGrants();
    const filter = { grantId: undefined, granteeKey: undefined };
    for (let after: string | undefined; ;) {
      const page = await listings.ofKey(addressOf(key.row), filter, after, pageLength);
      for (const row of page) grants.#add(row);
      after = page.at(-1)?.grant_id;
      if (page.length < pageLength) return grants;
    }
  }

  #add(row: GrantRow): void {
    const known = this.#byGrantee.get(row.grantee_key);
    if (known === undefined) this.#byGrantee.set(row.grantee_key, [row]);
    else known.push(row);
  }

  /** The grantees as the grants name them: ARNs and names of services. */
  get grantees(): readonly string[] {
    return [...new Set([...this.#byGrantee.values()].flat().map(({ grantee }) => grantee))];
  }

  /** The grants that reach a caller: those that name it, its role or its account. */
  of(principal: Principal): readonly Grant[] {
    return callerNames(principal).flatMap(({ key, grantee }) =>
      (this.#byGrantee.get(key) ?? []).map((row) => readGrant(row, grantee).grant),
    );
  }
}
