import type { KeyState } from '@keyhaven/api-model';
import { renderServiceEvent } from '../audit/record.ts';
import { isPresent } from '../keys/key-material.ts';
import type { KmsKey } from '../keys/kms-key.ts';
import { select } from '../storage/query.ts';
import { kmsKeyTable } from '../storage/tables.ts';
import { update } from '../storage/unit-of-work.ts';
import { forEachDueKey, type JobParts } from './due-keys.ts';

/** What a key that is Creating or Updating may become. */
const followingStates = ['Enabled', 'PendingImport'] as const satisfies readonly KeyState[];

/**
 * Brings every multi-Region key that is Creating or Updating to the state that follows, once all its key material has
 * been opened in its own Region. Answers how many there were.
 */
export async function settleKeys(parts: JobParts, now: number): Promise<number> {
  let settled = 0;
  for (const next_state of followingStates) {
    const query = select(kmsKeyTable, { next_state });
    settled += await forEachDueKey(parts, query, 'synchronisation of a multi-Region key', (key) =>
      settleKey(key, parts, now),
    );
  }
  return settled;
}

async function settleKey(key: KmsKey, { keyStore, committer }: JobParts, now: number): Promise<boolean> {
  const { row, spec, arn } = key;
  const { next_state, account_id: accountId, region } = row;
  // Settled meanwhile, or scheduled for deletion.
  if (next_state === null) return false;
  for (const material of key.materials.filter(isPresent))
    await keyStore.assertOpens({ material, spec, origin: row.origin });
  const event = renderServiceEvent('SynchronizeMultiRegionKey', now, {
    awsRegion: region,
    accountId,
    resources: [arn],
  });
  const changes = [update(kmsKeyTable, row, { state: next_state, next_state: null })];
  await committer.commitService({ head: { accountId, region }, expect: [], changes }, event);
  return true;
}
