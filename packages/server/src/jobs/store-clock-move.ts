import { renderServiceEvent } from '../audit/record.ts';
import type { SystemClock } from '../clock.ts';
import type { Committer } from '../pipeline/committer.ts';
import type { Storage } from '../storage/port.ts';
import { select } from '../storage/query.ts';
import { installationTable } from '../storage/tables.ts';
import { CommitConflict, update } from '../storage/unit-of-work.ts';

/**
 * Development only: the service's time stays moved after a restart, or keys would be from the future. It only ever
 * moves ahead, so of two moves at once the larger offset is the later one. Each move is recorded.
 */
export async function storeClockMove(
  parts: { readonly storage: Storage; readonly committer: Committer; readonly clock: SystemClock },
  advanceSeconds: number,
): Promise<void> {
  const { storage, committer, clock } = parts;
  const event = renderServiceEvent('AdvanceClock', clock.now(), { advanceSeconds });
  for (;;) {
    const [[row]] = await storage.snapshot(select(installationTable, { singleton: 'installation' }));
    if (row === undefined) throw new Error('the installation row is missing');
    const clock_offset_ms = Math.max(row.clock_offset_ms, clock.offsetMs);
    const changes = [update(installationTable, row, { clock_offset_ms })];
    try {
      await committer.commitService({ head: undefined, expect: [], changes }, event);
      return;
    } catch (error) {
      if (!(error instanceof CommitConflict)) throw error;
    }
  }
}
