import { type KeyState } from '@keyhaven/api-model';
import { keyMaterialTable, kmsKeyTable, materialFingerprintTable } from '../storage/tables.ts';
import { type Change, remove, update } from '../storage/unit-of-work.ts';
import type { KeyElsewhere } from './imported-elsewhere.ts';
import { isPermanent, isPresent } from './key-material.ts';
import type { KmsKey, MaterialRow, StoredFingerprint } from './kms-key.ts';
import { isReplica } from './related-keys.ts';

/** What a deletion changes, and in which Regions beside the key's own. */
export interface Deletion {
  readonly changes: readonly Change[];
  readonly elsewhere: readonly KmsKey[];
}

interface Attached {
  readonly fingerprints: readonly StoredFingerprint[];
  readonly elsewhere: readonly KeyElsewhere[];
}

/** What is stored of key material whose bytes are gone. */
const nothing = Buffer.alloc(0);

/**
 * Destroys the bytes of imported key material (DeleteImportedKeyMaterial, and its expiry). What the key cannot do without
 * leaves its row and its fingerprint, so that it can be imported again under its id, and makes the key PendingImport. What
 * waits for its rotation is no part of the key yet, and goes without a trace: from a primary key, and with it from its
 * replicas; from a replica alone its bytes go, because the primary still has it.
 */
export function deleteMaterial(
  key: KmsKey,
  deleted: readonly MaterialRow[],
  { fingerprints, elsewhere }: Attached,
): Deletion {
  const permanent = deleted.filter((material) => isPermanent(material) && isPresent(material));
  const pending = deleted.filter((material) => !isPermanent(material));
  const [emptied, letGo] = isReplica(key.row)
    ? [[...permanent, ...pending.filter(isPresent)], []]
    : [permanent, pending];
  const others = letGo.length === 0 ? [] : elsewhere;
  return {
    changes: [
      ...emptied.map((row) => update(keyMaterialTable, row, { wrapped: nothing, expires_at: null })),
      ...[{ key, fingerprints }, ...others].flatMap((one) => lettingGo(one, letGo)),
      update(kmsKeyTable, key.row, permanent.length === 0 ? {} : statesWithoutMaterial(key)),
      ...others.map((other) => update(kmsKeyTable, other.key.row, {})),
    ],
    elsewhere: others.map((other) => other.key),
  };
}

/** Removes every row of key materials from one of the related keys. */
function lettingGo(
  { key, fingerprints }: KeyElsewhere,
  materials: readonly MaterialRow[],
): readonly Change[] {
  const ids = new Set(materials.map(({ material_id }) => material_id));
  const isGone = ({ material_id }: { readonly material_id: string }) => ids.has(material_id);
  return [
    ...key.materials.filter(isGone).map((row) => remove(keyMaterialTable, row)),
    ...fingerprints.filter(isGone).map((row) => remove(materialFingerprintTable, row)),
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
