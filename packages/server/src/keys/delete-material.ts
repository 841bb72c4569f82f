import { type KeyState } from '@keyhaven/api-model';
import { keyMaterialTable, kmsKeyTable, materialFingerprintTable } from '../storage/tables.ts';
import { type Change, remove, update } from '../storage/unit-of-work.ts';
import { isPermanent, isPresent } from './key-material.ts';
import type { FingerprintRow, KmsKey, MaterialRow } from './kms-key.ts';

/** What is stored of key material whose bytes are gone. */
const nothing = Buffer.alloc(0);

/**
 * Destroys the bytes of imported key material (DeleteImportedKeyMaterial, and its expiry). What the key cannot do without
 * leaves its row and its fingerprint, so that it can be imported again under its id, and makes the key PendingImport. What
 * waited for its rotation was never part of the key, and goes without a trace.
 */
export function deletionChanges(
  key: KmsKey,
  deleted: readonly MaterialRow[],
  fingerprints: readonly FingerprintRow[],
): readonly Change[] {
  const gone = deleted.filter(isPresent);
  const pending = gone.filter((material) => !isPermanent(material));
  const permanent = gone.filter(isPermanent);
  const isOfPending = (row: FingerprintRow) =>
    pending.some(({ material_id }) => material_id === row.material_id);
  return [
    ...permanent.map((row) => update(keyMaterialTable, row, { wrapped: nothing, expires_at: null })),
    ...pending.map((row) => remove(keyMaterialTable, row)),
    ...fingerprints.filter(isOfPending).map((row) => remove(materialFingerprintTable, row)),
    update(kmsKeyTable, key.row, permanent.length === 0 ? {} : statesWithoutMaterial(key)),
  ];
}

const pendingImport: KeyState = 'PendingImport';

/** A key that waits for its deletion goes on waiting; one whose primary Region changes is PendingImport afterwards. */
function statesWithoutMaterial({ row }: KmsKey): {
  readonly state?: KeyState;
  readonly next_state?: KeyState;
} {
  if (row.state === 'Enabled' || row.state === 'Disabled') return { state: pendingImport };
  return row.next_state === null ? {} : { next_state: pendingImport };
}
