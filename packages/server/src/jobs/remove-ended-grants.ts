import type { Propagation } from '../grants/propagation.ts';
import { select } from '../storage/query.ts';
import { grantTable } from '../storage/tables.ts';
import { remove } from '../storage/unit-of-work.ts';
import type { JobParts } from './due-keys.ts';

/** Rows that are removed together: so many that a day's load is soon gone, so few that a conflict costs little. */
const mostAtOnce = 500;

/**
 * Removes grants whose end has spread to everywhere. No record: who ended them has one, and nothing changes for anyone, since
 * they are not effective any more.
 */
export async function removeEndedGrants(
  { storage, committer, alarm }: Pick<JobParts, 'storage' | 'committer' | 'alarm'>,
  propagation: Propagation,
  now: number,
): Promise<void> {
  const atMost = { column: 'ended_at', value: propagation.endedBefore(now) };
  const rows = await storage.soundRows(select(grantTable, {}, { atMost, limit: mostAtOnce }), (error) => {
    alarm.raise('removal of ended grants failed', { reason: error.message });
  });
  if (rows.length === 0) return;
  const changes = rows.map((row) => remove(grantTable, row));
  const result = await storage.commit({ head: undefined, expect: [], changes, audit: undefined });
  // On a conflict some went with their key or were written anew under another domain key: the next round sees what is left.
  if (result.kind === 'committed') committer.forget(changes);
  if (result.kind === 'failed') alarm.raise('removal of ended grants failed', { reason: result.reason });
}
