import type { Storage } from '../storage/port.ts';
import { select } from '../storage/query.ts';
import { installationTable } from '../storage/tables.ts';
import { update } from '../storage/unit-of-work.ts';

/**
 * Development only: the service's time stays moved after a restart, or keys would be from the future. It only ever
 * moves ahead, so of two moves at once the larger offset is the later one.
 */
export async function storeClockOffset(storage: Storage, offsetMs: number): Promise<void> {
  for (;;) {
    const [[row]] = await storage.snapshot(select(installationTable, { singleton: 'installation' }));
    if (row === undefined) throw new Error('the installation row is missing');
    if (row.clock_offset_ms >= offsetMs) return;
    const change = update(installationTable, row, { clock_offset_ms: offsetMs });
    const result = await storage.commit({ head: undefined, expect: [], changes: [change], audit: undefined });
    if (result.kind === 'committed') return;
    if (result.kind === 'failed') throw new Error(`the clock could not be stored: ${result.reason}`);
  }
}
