import { select } from '../storage/query.ts';
import { importParametersTable } from '../storage/tables.ts';
import { remove } from '../storage/unit-of-work.ts';
import type { JobParts } from './due-keys.ts';

/** Rows that are removed together: so many that a day's load is soon gone, so few that a conflict costs little. */
const mostAtOnce = 500;

/**
 * Destroys wrapping keys that are older than 24 hours. They belong to nobody's data: what clocks say about their age does
 * no harm, so this waits for no hold. No record: nothing changes for anyone, since an old token is refused by its time.
 */
export async function expireImportParameters(
  { storage, alarm }: Pick<JobParts, 'storage' | 'alarm'>,
  now: number,
): Promise<void> {
  const query = select(
    importParametersTable,
    {},
    { atMost: { column: 'expires_at', value: now }, limit: mostAtOnce },
  );
  const rows = await storage.soundRows(query, (error) => {
    alarm.raise('removal of old wrapping keys failed', { reason: error.message });
  });
  if (rows.length === 0) return;
  const changes = rows.map((row) => remove(importParametersTable, row));
  const unit = { head: undefined, expect: [], changes, audit: undefined, destroys: true };
  const result = await storage.commit(unit);
  // On a conflict some are gone already or were written anew under another domain key: the next round sees what is left.
  if (result.kind === 'failed') alarm.raise('removal of old wrapping keys failed', { reason: result.reason });
}
