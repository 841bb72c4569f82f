import { isPresent } from '../keys/key-material.ts';
import { deletionChanges } from '../keys/delete-material.ts';
import { assembleKey, keyQueries } from '../keys/load-key.ts';
import { PolicyInterner } from '../keys/policy-interner.ts';
import type { MaterialRow } from '../keys/kms-key.ts';
import { select } from '../storage/query.ts';
import { materialFingerprintTable } from '../storage/tables.ts';
import type { DeletedMaterial } from './destroyed-keys.ts';
import { commit, type ReplayParts } from './replay-destructions.ts';

/**
 * Deletes once more the imported key material that was deleted or expired after the backup, also where the same was
 * imported again later: that import is as lost as all that came after the backup, and whoever made it can repeat it.
 * Answers how many key materials it removed.
 */
export async function replayMaterialDeletions(
  parts: Pick<ReplayParts, 'storage'>,
  deleted: readonly DeletedMaterial[],
): Promise<number> {
  const policies = new PolicyInterner();
  let removed = 0;
  for (const one of deleted) removed += await replayOne(parts, policies, one);
  return removed;
}

async function replayOne(
  { storage }: Pick<ReplayParts, 'storage'>,
  policies: PolicyInterner,
  { address, materialIds }: DeletedMaterial,
): Promise<number> {
  const { accountId, region, keyId } = address;
  const isDeleted = (material: MaterialRow) =>
    materialIds.includes(material.material_id) && isPresent(material);
  const key = assembleKey(await storage.snapshot(...keyQueries(address)), policies);
  const deleted = key?.materials.filter(isDeleted) ?? [];
  if (key === undefined || deleted.length === 0) return 0;
  const [fingerprints] = await storage.snapshot(
    select(materialFingerprintTable, { account_id: accountId, region, key_id: keyId }),
  );
  await commit(storage, {
    head: { accountId, region },
    expect: [],
    changes: deletionChanges(key, deleted, fingerprints),
    audit: undefined,
    destroys: true,
  });
  const [, , materials] = await storage.snapshot(...keyQueries(address));
  if (materials.some(isDeleted))
    throw new Error(`deleted key material of the key ${keyId} is still in the restored database`);
  return deleted.length;
}
