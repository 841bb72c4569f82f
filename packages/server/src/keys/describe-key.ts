import type {
  KeyManager,
  KeyMetadata,
  KeyState,
  KeyUsage,
  MultiRegionConfiguration,
  Origin,
} from '@keyhaven/api-model';
import type { NewRow } from '../storage/table.ts';
import type { kmsKeyTable } from '../storage/tables.ts';
import { keyArn } from './key-arn.ts';
import { isWhole } from './key-material.ts';
import type { KeySpecRow } from './key-specs.ts';
import type { KmsKey } from './kms-key.ts';
import { stateOf } from './load-key.ts';

type KeyRow = NewRow<typeof kmsKeyTable>;

/** What a key's metadata is made of. */
export interface DescribedKey {
  readonly row: KeyRow;
  readonly spec: KeySpecRow;
  readonly state: KeyState;
  /** Of a key with imported key material that has all of it: when the first of it expires, Infinity for never. */
  readonly expiresAt: number | undefined;
  /** The rows of all related multi-Region keys, this one among them; empty for a single-Region key. */
  readonly related: readonly Pick<KeyRow, 'account_id' | 'region' | 'key_id'>[];
}

/** A key as it was read, at a time. */
export function describedKey(key: KmsKey, now: number, related: DescribedKey['related'] = []): DescribedKey {
  const { row, spec, materials, expiresAt } = key;
  const state = stateOf(key, now);
  return {
    row,
    spec,
    state,
    expiresAt: row.origin === 'EXTERNAL' && isWhole(materials, now) ? expiresAt : undefined,
    related,
  };
}

/** A key that has just been made: related to none, the first of those that will be, or one more of them. */
export function describedRow(
  row: KeyRow,
  spec: KeySpecRow,
  others: DescribedKey['related'] = [],
): DescribedKey {
  const related = row.multi_region === 1 ? [...others, row] : [];
  return { row, spec, state: row.state as KeyState, expiresAt: undefined, related };
}

/** The key's `KeyMetadata` ("KeyMetadata", KMS API Reference). */
export function describeKey({ row, spec, state, expiresAt, related }: DescribedKey): KeyMetadata {
  const isReplaceable = spec.type === 'symmetric' && row.current_material_id !== '';
  return {
    AWSAccountId: row.account_id,
    KeyId: row.key_id,
    Arn: keyArn(row.account_id, row.region, row.key_id),
    CreationDate: row.created_at,
    Enabled: isEnabled(row, state),
    Description: row.description,
    KeyUsage: row.key_usage as KeyUsage,
    KeyState: state,
    DeletionDate: state === 'PendingDeletion' ? (row.deletion_at ?? undefined) : undefined,
    ValidTo: expiresAt === undefined || expiresAt === Infinity ? undefined : expiresAt,
    Origin: row.origin as Origin,
    ExpirationModel: expirationModel(expiresAt),
    KeyManager: row.key_manager as KeyManager,
    CustomerMasterKeySpec: spec.olderName,
    KeySpec: spec.name,
    ...algorithmsOf(row, spec),
    MultiRegion: row.multi_region === 1,
    MultiRegionConfiguration: multiRegionConfiguration(row, related),
    PendingDeletionWindowInDays:
      state === 'PendingReplicaDeletion' ? (row.pending_window_days ?? undefined) : undefined,
    CurrentKeyMaterialId: isReplaceable && state !== 'Creating' ? row.current_material_id : undefined,
  };
}

/** While the primary Region changes, the key is as usable as before. */
function isEnabled({ next_state }: KeyRow, state: KeyState): boolean {
  return state === 'Enabled' || (state === 'Updating' && next_state === 'Enabled');
}

function expirationModel(expiresAt: number | undefined): KeyMetadata['ExpirationModel'] {
  if (expiresAt === undefined) return undefined;
  return expiresAt === Infinity ? 'KEY_MATERIAL_DOES_NOT_EXPIRE' : 'KEY_MATERIAL_EXPIRES';
}

const memberOfUsage = {
  ENCRYPT_DECRYPT: 'EncryptionAlgorithms',
  SIGN_VERIFY: 'SigningAlgorithms',
  GENERATE_VERIFY_MAC: 'MacAlgorithms',
  KEY_AGREEMENT: 'KeyAgreementAlgorithms',
  ENCAPSULATE_DECAPSULATE: 'EncapsulationAlgorithms',
} as const satisfies Record<KeyUsage, keyof KeyMetadata>;

type AlgorithmLists = Pick<KeyMetadata, (typeof memberOfUsage)[KeyUsage]>;

/** The one list of algorithms that belongs to the key's usage. */
export function algorithmsOf({ key_usage }: Pick<KeyRow, 'key_usage'>, spec: KeySpecRow): AlgorithmLists {
  const usage = key_usage as KeyUsage;
  // The registry's names are those of the shapes; a test compares them.
  return { [memberOfUsage[usage]]: spec.algorithms.get(usage) };
}

function multiRegionConfiguration(
  row: KeyRow,
  related: DescribedKey['related'],
): MultiRegionConfiguration | undefined {
  if (row.multi_region === 0) return undefined;
  const keyOf = (one: DescribedKey['related'][number]) => ({
    Arn: keyArn(one.account_id, one.region, one.key_id),
    Region: one.region,
  });
  const primary = related.find(({ region }) => region === row.primary_region) ?? {
    ...row,
    region: row.primary_region ?? row.region,
  };
  return {
    MultiRegionKeyType: row.primary_region === row.region ? 'PRIMARY' : 'REPLICA',
    PrimaryKey: keyOf(primary),
    ReplicaKeys: related.filter((one) => one.region !== row.primary_region).map(keyOf),
  };
}
