import { z } from 'zod';
import type { IntegrityStorage } from '../storage/integrity-storage.ts';
import { select } from '../storage/query.ts';
import { auditOutboxTable } from '../storage/tables.ts';
import type { Journal } from './journal.ts';
import { listSegments, readSegment } from './segment.ts';

const recordsSchema = z.array(z.object({ eventId: z.string().optional() }));

/**
 * After a kill between commit and append: appends each committed record that the journal does not hold.
 * The journal is read from where it ended when the oldest of them was submitted, so that each is there exactly once.
 */
export async function recoverOutbox(
  storage: IntegrityStorage,
  journal: Journal,
  folder: string,
): Promise<void> {
  const [rows] = await storage.snapshot(select(auditOutboxTable, {}, { orderBy: 'sequence' }));
  const last = rows.at(-1);
  if (last === undefined) return;
  const from = rows.reduce((oldest, row) =>
    row.journal_segment < oldest.journal_segment ||
    (row.journal_segment === oldest.journal_segment && row.journal_offset < oldest.journal_offset)
      ? row
      : oldest,
  );
  const journaled = eventIdsSince(folder, from.journal_segment, from.journal_offset);
  const missing = rows.filter((row) => !journaled.has(row.event_id));
  if (missing.length > 0) journal.append(missing.map((row) => row.record));
  await journal.sync();
  storage.trimOutbox(last.sequence);
}

function eventIdsSince(folder: string, segment: number, offset: number): Set<string> {
  const ids = new Set<string>();
  for (const number of listSegments(folder)) {
    if (number < segment) continue;
    for (const frame of readSegment(folder, number).frames) {
      if (number === segment && frame.end <= offset) continue;
      for (const { eventId } of recordsSchema.parse(JSON.parse(frame.json)))
        if (eventId !== undefined) ids.add(eventId);
    }
  }
  return ids;
}
