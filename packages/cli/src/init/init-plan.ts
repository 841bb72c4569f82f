import type { UnsafeName } from '@keyhaven/server/config';
import type { Secret } from '@keyhaven/crypto';

/** The seal to make, in the form of the server's `SealRequest`. */
export type PlannedSeal =
  | { readonly kind: 'file' }
  | { readonly kind: 'passphrase'; readonly passphrase: Secret }
  | { readonly kind: 'shamir'; readonly total: number; readonly threshold: number }
  | {
      readonly kind: 'kms';
      readonly keyId: string;
      readonly region: string;
      readonly endpoint?: string;
      readonly caFile?: string;
    };

export type PlannedTls =
  | { readonly kind: 'none' }
  /** Absolute paths. */
  | { readonly kind: 'files'; readonly cert: string; readonly key: string }
  /** Host names and addresses, IPv6 without brackets; at least one. */
  | { readonly kind: 'self-signed'; readonly names: readonly string[] };

/** Everything that is to be made, complete and possible as far as can be told before. Paths are absolute. */
export interface InitPlan {
  readonly dataDir: string;
  /** Undefined means in the data folder. */
  readonly configPath: string | undefined;
  readonly seal: PlannedSeal;
  readonly sharesDir: string | undefined;
  readonly tls: PlannedTls;
  readonly host: string;
  readonly port: number;
  readonly allowHosts: readonly string[];
  readonly backupRecipients: readonly string[];
  readonly allowUnsafe: ReadonlySet<UnsafeName>;
  readonly accountId: string | undefined;
  readonly accountName: string | undefined;
  readonly credentialsFile: string | undefined;
}
