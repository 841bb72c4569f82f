import type { UnsafeName } from './unsafe.ts';

/** Development: for tests on one machine. Production: what `keyhaven init` makes. */
export type Profile = 'development' | 'production';

/** A place to listen on; an IPv6 address stands without brackets. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Who may administer the service through the network: the holder of the certificate with this fingerprint. */
export interface AdminOperator {
  /** As it appears in the journal. Several certificates may carry one name. */
  readonly name: string;
  /** SHA-256 of the certificate (DER): 64 hexadecimal digits in lower case. */
  readonly fingerprint: string;
}

/** A length of time. */
export interface Duration {
  readonly ms: number;
}

/** What a start of the service is told. Paths are as given, or absolute where a configuration file gave them. */
export interface ServiceOptions {
  readonly profile: Profile;
  /** Where to listen: an IPv4 or IPv6 address (without brackets) or a name. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Further names that a `Host` header may carry, in lower case and without port. */
  readonly allowHosts: readonly string[];
  /** PEM files; certificate and key are given together or not at all. */
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
  readonly tlsClientCa: string | undefined;
  readonly dataDir: string;
  /** Where to send backups that nobody named a recipient for: age recipients. */
  readonly backupRecipients: readonly string[];
  /** Where the seal's passphrase is read from; at most one of the two is given. */
  readonly passphraseFd: number | undefined;
  readonly passphraseFile: string | undefined;
  /** Undefined means `admin.sock` in the data folder. */
  readonly adminSocket: string | undefined;
  readonly adminListen: ListenAddress | undefined;
  readonly adminOperators: readonly AdminOperator[];
  /** Undefined means what the profile says: `group` in production, `second` in development. */
  readonly journalSync: 'group' | 'second' | undefined;
  /** A PEM file; undefined means AWS's root. */
  readonly attestationRoots: string | undefined;
  readonly allowUnsafe: ReadonlySet<UnsafeName>;
  /** How long new grants, and the ends of grants, take to be effective. */
  readonly grantPropagation: Duration;
  /** The path of a seed file. */
  readonly seed: string | undefined;
}
