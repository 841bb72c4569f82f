import type { JournalEnd } from '../audit/journal-end.ts';
import { renderServiceEvent } from '../audit/record.ts';
import { holdMs } from '../jobs/destruction-guard.ts';
import type { IntegrityStorage } from '../storage/integrity-storage.ts';
import { select } from '../storage/query.ts';
import { heartbeatTable, kmsKeyTable } from '../storage/tables.ts';
import { type Change, insert, update } from '../storage/unit-of-work.ts';
import { commit } from './replay-destructions.ts';

/** What a restore did, for the journal and for whoever ran it. */
export interface RestoreFacts {
  readonly backupMadeAt: number;
  /** Keys of the backup that had been destroyed after it, and are now again. */
  readonly destructionsReplayed: number;
  /** Imported key materials of the backup that had been deleted or had expired after it, and are gone again. */
  readonly materialDeletionsReplayed: number;
  /** No journal was given: keys that were destroyed after the backup may be back. */
  readonly destructionsUnknown: boolean;
  /** Changes that the journal tells of and the backup does not hold. */
  readonly changesLost: number;
  /** Keys that wait for their destruction. */
  readonly pendingDeletions: number;
}

/**
 * Puts the record of the restore into the outbox, from where the first start brings it into the journal, exactly once.
 * Where keys wait for their destruction, that is held until an operator releases it: whoever cancelled one after the
 * backup would otherwise lose the key for good.
 */
export async function recordRestore(
  storage: IntegrityStorage,
  facts: Omit<RestoreFacts, 'pendingDeletions'>,
  journal: JournalEnd,
  now: number,
): Promise<RestoreFacts> {
  const [pending] = await storage.snapshot(select(kmsKeyTable, { state: 'PendingDeletion' }));
  const all = { ...facts, pendingDeletions: pending.length };
  const { eventId, record } = renderServiceEvent('RestoreBackup', now, all);
  const audit = { eventId, record, journalSegment: journal.segment, journalOffset: journal.offset };
  const changes = pending.length === 0 ? [] : [await holdDestructions(storage, now)];
  await commit(storage, { head: undefined, expect: [], changes, audit });
  return all;
}

async function holdDestructions(storage: IntegrityStorage, now: number): Promise<Change> {
  const [[beat]] = await storage.snapshot(select(heartbeatTable, { singleton: 'heartbeat' }));
  if (beat !== undefined) return update(heartbeatTable, beat, { held_since: beat.held_since ?? now });
  const row = { singleton: 'heartbeat', service_time: now, hold_remaining_ms: holdMs, held_since: now };
  return insert(heartbeatTable, row);
}
