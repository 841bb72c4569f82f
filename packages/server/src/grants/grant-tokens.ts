import { invalidGrantToken } from '@keyhaven/api-model';
import type { DomainKey } from '@keyhaven/crypto';
import type { KeyAddress } from '../keys/kms-key.ts';

/** Where a grant is found: the store's primary key. */
export interface GrantAddress extends KeyAddress {
  readonly grantId: string;
}

/**
 * Grant tokens: they name a grant, and are sealed under the identity domain key so that only this service makes them. Each is
 * another text; all of a grant say the same ("can be used interchangeably", CreateGrant, KMS API Reference).
 */
export class GrantTokens {
  readonly #keys: () => readonly DomainKey[];

  /** `keys`: what tokens may be sealed under, the current key first; asked each time, because keys are rotated. */
  constructor(keys: () => readonly DomainKey[]) {
    this.#keys = keys;
  }

  seal({ accountId, region, keyId, grantId }: GrantAddress): string {
    const [current] = this.#keys();
    if (current === undefined) throw new Error('no identity key is open');
    return current.sealGrantToken(Buffer.from(JSON.stringify([accountId, region, keyId, grantId])));
  }

  /** The grant that a token names, whether or not it is still there. Throws InvalidGrantTokenException for any other text. */
  open(token: string): GrantAddress {
    for (const key of this.#keys()) {
      const opened = key.openGrantToken(token);
      if (opened === undefined) continue;
      const [accountId, region, keyId, grantId] = JSON.parse(opened.toString('utf8')) as Parts;
      return { accountId, region, keyId, grantId };
    }
    throw invalidGrantToken();
  }
}

type Parts = readonly [accountId: string, region: string, keyId: string, grantId: string];
