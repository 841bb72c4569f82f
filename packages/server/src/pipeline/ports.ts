import type { KeyPairMaker, KeyStore, MaterialImporter } from '../key-stores/port.ts';
import type { Attestation } from '../attestation/port.ts';
import type { GrantPorts } from '../grants/open-grants.ts';
import type { Identities } from '../identities/port.ts';
import type { AccountDirectory } from '../accounts/account-directory.ts';
import type { Roles } from '../identities/roles.ts';
import type { AccessForwarder, SessionIssuer } from '../sessions/port.ts';
import type { DomainKeys } from '../domain-keys/domain-keys.ts';
import type { KeyDirectory } from '../keys/key-directory.ts';
import type { KeyListings } from '../keys/key-listings.ts';
import type { LastUsages } from '../usage/last-usages.ts';
import type { Markers } from './markers.ts';

/** What operations and their targets may ask: keys, key material and attestation documents. No SQL, clock, logger or socket among it. */
export interface Ports extends GrantPorts {
  readonly directory: KeyDirectory;
  readonly listings: KeyListings;
  readonly keyStore: KeyStore;
  readonly keyPairs: KeyPairMaker;
  readonly imports: MaterialImporter;
  readonly accounts: AccountDirectory;
  readonly identities: Identities;
  readonly roles: Roles;
  readonly sessions: SessionIssuer;
  readonly accessForwarder: AccessForwarder;
  readonly domainKeys: DomainKeys;
  readonly lastUsages: Pick<LastUsages, 'find' | 'trackedSince'>;
  readonly markers: Markers;
  readonly attestation: Attestation;
  readonly provisionAwsManagedKey: ProvisionAwsManagedKey;
}

/** Makes the AWS managed key behind a predefined alias (`alias/aws/...`) for an account and Region. */
export type ProvisionAwsManagedKey = (accountId: string, region: string, aliasName: string) => Promise<void>;
