import type { DomainKey } from '@keyhaven/crypto';
import type { Storage } from '../storage/port.ts';
import { GrantListings } from './grant-listings.ts';
import { GrantTokens } from './grant-tokens.ts';
import type { Grants } from './port.ts';
import { Propagation } from './propagation.ts';
import { StoredGrants } from './stored-grants.ts';

/** What operations and their targets may ask about grants. */
export interface GrantPorts {
  readonly grants: Grants;
  readonly grantListings: GrantListings;
  readonly grantTokens: GrantTokens;
  readonly grantPropagation: Propagation;
}

/** All of it on one store, with what must be told of commits. */
export interface OpenGrants extends GrantPorts {
  readonly grants: StoredGrants;
}

/** `tokenKeys`: what grant tokens may be sealed under, the current key first. */
export function openGrants(
  storage: Storage,
  tokenKeys: () => readonly DomainKey[],
  options: { readonly propagationMs: number; readonly mostGrantsOfAKey: number | undefined },
): OpenGrants {
  const grantTokens = new GrantTokens(tokenKeys);
  const grantPropagation = new Propagation(options.propagationMs);
  return {
    grants: new StoredGrants(storage, grantTokens, grantPropagation),
    grantListings: new GrantListings(storage, options.mostGrantsOfAKey),
    grantTokens,
    grantPropagation,
  };
}
