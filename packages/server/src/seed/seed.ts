import type { Secret } from '@keyhaven/crypto';
import type { KeySpecRow } from '../keys/key-specs.ts';
import type { SeedGrant } from './seed-grants.ts';
import type { SeedIdentities } from './seed-identities.ts';

/** What a seed file asks for, read and checked as far as the file alone allows. Its secrets are zeroised by `applySeed`. */
export interface Seed {
  /** As it was given, for messages. */
  readonly path: string;
  readonly accounts: readonly SeedAccount[];
}

export interface SeedAccount {
  /** 12 digits. */
  readonly accountId: string;
  readonly rootAccessKeys: readonly SeedAccessKey[];
  readonly identities: SeedIdentities;
  readonly regions: readonly SeedRegion[];
}

export interface SeedAccessKey {
  readonly accessKeyId: string;
  /** The UTF-8 bytes of the text in the file. */
  readonly secretAccessKey: Secret;
  readonly status: 'Active' | 'Inactive';
  readonly line: number;
}

export interface SeedRegion {
  readonly region: string;
  readonly keys: readonly SeedKey[];
}

export interface SeedKey {
  readonly keyId: string;
  readonly description: string;
  readonly spec: KeySpecRow;
  /** Oldest first; the last is current. Empty: the service generates the key material. */
  readonly materials: readonly Secret[];
  readonly aliases: readonly string[];
  readonly tags: ReadonlyMap<string, string>;
  /** As JSON, with the line where it stands; undefined for the default key policy. */
  readonly policy: { readonly text: string; readonly line: number } | undefined;
  readonly grants: readonly SeedGrant[];
  /** When the key rotates next, epoch milliseconds; undefined: it does not rotate by itself. */
  readonly nextRotationAt: number | undefined;
}
