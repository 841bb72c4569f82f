import type { Storage } from '../storage/port.ts';
import { select } from '../storage/query.ts';
import { installationTable } from '../storage/tables.ts';
import { update } from '../storage/unit-of-work.ts';

/** Development only: the service's time stays moved after a restart, or keys would be from the future. */
export async function storeClockOffset(storage: Storage, offsetMs: number): Promise<void> {
  const [[row]] = await storage.snapshot(select(installationTable, { singleton: 'installation' }));
  if (row === undefined) throw new Error('the installation row is missing');
  const change = update(installationTable, row, { clock_offset_ms: offsetMs });
  const result = await storage.commit({ head: undefined, expect: [], changes: [change], audit: undefined });
  if (result.kind !== 'committed') throw new Error(`the clock could not be stored: ${result.kind}`);
}
