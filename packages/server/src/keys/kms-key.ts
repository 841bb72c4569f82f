import type { CompiledPolicy } from '@keyhaven/policy';
import type { NewRow, Row } from '../storage/table.ts';
import type {
  aliasTable,
  importParametersTable,
  keyMaterialTable,
  keyPolicyTable,
  kmsKeyTable,
  materialFingerprintTable,
  tagTable,
} from '../storage/tables.ts';
import type { KeySpecRow } from './key-specs.ts';

export type KeyRow = Row<typeof kmsKeyTable>;
export type MaterialRow = Row<typeof keyMaterialTable>;
export type NewMaterialRow = NewRow<typeof keyMaterialTable>;
export type AliasRow = Row<typeof aliasTable>;
export type TagRow = Row<typeof tagTable>;
export type StoredFingerprint = Row<typeof materialFingerprintTable>;
export type ImportParametersRow = Row<typeof importParametersTable>;

/** A KMS key as one snapshot saw it, whole: its row and everything that belongs to it. Never changed in place. */
export interface KmsKey {
  readonly row: KeyRow;
  readonly arn: string;
  readonly spec: KeySpecRow;
  readonly policyRow: Row<typeof keyPolicyTable>;
  readonly policy: CompiledPolicy;
  /** Oldest first; the current one is named by the key's row. */
  readonly materials: readonly MaterialRow[];
  /** Undefined until key material is imported for the first time. */
  readonly current: MaterialRow | undefined;
  /** When the first of its imported key materials expires that it cannot do without; Infinity: never. */
  readonly expiresAt: number;
  readonly aliases: readonly AliasRow[];
  readonly tags: readonly TagRow[];
}

/** Where a key is found: the store's primary key. */
export interface KeyAddress {
  readonly accountId: string;
  readonly region: string;
  readonly keyId: string;
}

export function addressOf({
  account_id: accountId,
  region,
  key_id: keyId,
}: Pick<KeyRow, 'account_id' | 'region' | 'key_id'>): KeyAddress {
  return { accountId, region, keyId };
}
