import { isPresent } from '../keys/key-material.ts';
import { deleteMaterial } from '../keys/delete-material.ts';
import { KeyDirectory } from '../keys/key-directory.ts';
import type { MaterialRow } from '../keys/kms-key.ts';
import type { IntegrityStorage } from '../storage/integrity-storage.ts';
import type { Change } from '../storage/unit-of-work.ts';
import type { DeletedMaterial } from './deleted-material.ts';
import { commit, type ReplayParts } from './replay-destructions.ts';

/**
 * Deletes once more the imported key material that was deleted or expired after the backup, also where the same was
 * imported again later: that import is as lost as all that came after the backup, and whoever made it can repeat it.
 * Answers how many key materials it removed.
 */
export async function replayMaterialDeletions(
  { storage }: Pick<ReplayParts, 'storage'>,
  deleted: readonly DeletedMaterial[],
): Promise<number> {
  let removed = 0;
  for (const one of deleted) removed += await replayOne(storage, one);
  return removed;
}

async function replayOne(
  storage: IntegrityStorage,
  { address, materialIds }: DeletedMaterial,
): Promise<number> {
  const isDeleted = (material: MaterialRow) => materialIds.includes(material.material_id);
  const directory = new KeyDirectory(storage);
  const key = await directory.readKey(address);
  const deleted = key?.materials.filter(isDeleted) ?? [];
  if (key === undefined || deleted.length === 0) return 0;
  const fingerprints = await directory.readFingerprints(key);
  const attached = { fingerprints, elsewhere: await directory.readElsewhere(key) };
  const { accountId } = address;
  for (const [region, changes] of byRegion(deleteMaterial(key, deleted, attached).changes)) {
    // The changes of each Region are counted there.
    const unit = { head: { accountId, region }, expect: [], changes, audit: undefined, destroys: true };
    await commit(storage, unit);
  }
  const left = await directory.readKey(address);
  if (left?.materials.some((material) => isDeleted(material) && isPresent(material)) === true)
    throw new Error(`deleted key material of the key ${address.keyId} is still in the restored database`);
  return deleted.filter(isPresent).length;
}

function byRegion(changes: readonly Change[]): ReadonlyMap<string, readonly Change[]> {
  // Account and Region come first in the keys of all tables of a Region.
  return Map.groupBy(changes, ({ key }) => String(key[1]));
}
