import { type Keyring, regionScope } from '../domain-keys/keyring.ts';
import { destructionChanges } from '../jobs/destroy-keys.ts';
import { attachmentQueries, removeAttachments } from '../keys/key-attachments.ts';
import { assembleKey, keyQueries } from '../keys/load-key.ts';
import { PolicyInterner } from '../keys/policy-interner.ts';
import type { IntegrityStorage } from '../storage/integrity-storage.ts';
import { select } from '../storage/query.ts';
import { tombstoneTable } from '../storage/tables.ts';
import { type Change, insert, type UnitOfWork } from '../storage/unit-of-work.ts';
import type { DestroyedKey } from './destroyed-keys.ts';
import { relatedSurvivors } from './related-survivors.ts';

export interface ReplayParts {
  readonly storage: IntegrityStorage;
  readonly keyring: Keyring;
}

/**
 * Destroys once more what was destroyed after the backup: the key's rows go as they went then, overwritten and out of the
 * write-ahead log before this returns, and the tombstones stay. Does nothing for what is destroyed in the backup already.
 * Answers how many keys it removed.
 */
export async function replayDestructions(
  parts: ReplayParts,
  destroyed: readonly DestroyedKey[],
): Promise<number> {
  const policies = new PolicyInterner();
  let removed = 0;
  for (const one of destroyed) if (await replayOne(parts, policies, one)) removed++;
  for (const { address } of destroyed) await assertGone(parts, address.keyId, keyQueries(address));
  return removed;
}

async function replayOne(
  { storage, keyring }: ReplayParts,
  policies: PolicyInterner,
  destroyed: DestroyedKey,
): Promise<boolean> {
  const { accountId, region, keyId } = destroyed.address;
  const key = assembleKey(await storage.snapshot(...keyQueries(destroyed.address)), policies);
  const attachments = removeAttachments(await storage.snapshot(...attachmentQueries(destroyed.address)));
  const removals = key === undefined ? [] : destructionChanges(key, attachments, destroyed.destroyedAt);
  const present = new Set(removals.filter(({ table }) => table === tombstoneTable.name).map(idOf));
  const tombstones = [
    { kind: 'key', id: keyId },
    // Material that a rotation made after the backup, and whole keys that were made after it.
    ...destroyed.materialIds.map((id) => ({ kind: 'material', id })),
  ].filter(({ kind, id }) => !present.has(`${kind} ${id}`));
  const changes = [...removals];
  for (const { kind, id } of tombstones) {
    const own = { account_id: accountId, region, kind, id };
    const [[found]] = await storage.snapshot(select(tombstoneTable, own));
    if (found === undefined)
      changes.push(
        insert(tombstoneTable, { ...own, destroyed_at: destroyed.destroyedAt, wrapped_under: null }),
      );
  }
  if (changes.length === 0) return false;
  const survivors = key === undefined ? [] : await relatedSurvivors(storage, key, destroyed);
  await keyring.ensure(storage, regionScope(region));
  await commit(storage, {
    head: { accountId, region },
    expect: [],
    changes,
    audit: undefined,
    destroys: true,
  });
  // In other Regions, whose changes are counted there.
  for (const { row, change } of survivors) {
    const head = { accountId, region: row.region };
    await commit(storage, { head, expect: [], changes: [change], audit: undefined });
  }
  return key !== undefined;
}

function idOf({ key }: Change): string {
  return `${String(key[2])} ${String(key[3])}`;
}

/** Nobody else writes to a store that is being restored, so anything but success is a fault. */
export async function commit(storage: IntegrityStorage, unit: UnitOfWork): Promise<void> {
  const result = await storage.commit(unit);
  if (result.kind !== 'committed')
    throw new Error(
      `the restored database could not be changed: ${result.kind === 'failed' ? result.reason : result.kind}`,
    );
}

async function assertGone(
  { storage }: ReplayParts,
  keyId: string,
  queries: ReturnType<typeof keyQueries>,
): Promise<void> {
  const left = await storage.snapshot(...queries);
  if (left.some((rows) => rows.length > 0))
    throw new Error(`the destroyed key ${keyId} is still in the restored database`);
}
