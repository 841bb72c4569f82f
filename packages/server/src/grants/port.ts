import type { Grant } from '@keyhaven/policy';
import type { Principal } from '../authentication/principal.ts';
import type { KmsKey } from '../keys/kms-key.ts';
import type { Maybe } from '../maybe.ts';
import type { Row } from '../storage/table.ts';
import type { grantTable } from '../storage/tables.ts';

export type GrantRow = Row<typeof grantTable>;

/** A grant as it is stored, and as it is decided on. A write that rests on one commits on its row. */
export interface StoredGrant {
  readonly row: GrantRow;
  readonly grant: Grant;
}

/** The grants that a request's grant tokens name, for whichever keys they are; what is of no use to the request is ignored. */
export type OpenedTokens = ReadonlyMap<string, GrantRow>;

/** A request without grant tokens. */
export const noTokens: OpenedTokens = new Map<string, GrantRow>();

/** What authorization asks about grants. Cached answers are those of the latest commit; `fresh` asks the store. */
export interface Grants {
  /**
   * The grants on the key that name the principal, its role or its account, and that are effective at `now` (epoch
   * milliseconds) or named by a token. Their operations and constraints are still to be asked (`grantAllows`).
   */
  forCaller(
    principal: Principal,
    key: KmsKey,
    tokens: OpenedTokens,
    now: number,
    fresh: boolean,
  ): Maybe<readonly StoredGrant[]>;
  /**
   * The grants that these tokens of a request in this Region name, by their ids. Throws InvalidGrantTokenException for a text
   * that is none of our tokens, and for the token of a grant that was retired or revoked.
   */
  openTokens(tokens: readonly string[], region: string): Maybe<OpenedTokens>;
}
