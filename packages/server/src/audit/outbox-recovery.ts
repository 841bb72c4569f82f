import { z } from 'zod';
import type { IntegrityStorage } from '../storage/integrity-storage.ts';
import { select } from '../storage/query.ts';
import { auditOutboxTable } from '../storage/tables.ts';
import type { Journal } from './journal.ts';
import { listSegments, readSegment } from './segment.ts';

const recordsSchema = z.array(z.object({ eventId: z.string().optional() }));

/**
 * After a kill between commit and append: appends each committed record that the journal does not hold, so that each
 * is there exactly once. Looked for from the start of the segment in which the oldest of them was submitted, and not
 * from the byte: where the journal's end was cut, and then grew again, a record can lie before that byte.
 */
export async function recoverOutbox(
  storage: IntegrityStorage,
  journal: Journal,
  folder: string,
): Promise<void> {
  const [rows] = await storage.snapshot(select(auditOutboxTable, {}, { orderBy: 'sequence' }));
  const last = rows.at(-1);
  if (last === undefined) return;
  const ends = rows.map(({ journal_segment }) => journal_segment);
  const journaled = eventIdsSince(
    folder,
    ends.reduce((a, b) => Math.min(a, b), journal.position.segment),
  );
  const missing = rows.filter((row) => !journaled.has(row.event_id));
  if (missing.length > 0) journal.append(missing.map((row) => row.record));
  await journal.sync();
  storage.trimOutbox(last.sequence);
}

function eventIdsSince(folder: string, segment: number): Set<string> {
  const ids = new Set<string>();
  for (const number of listSegments(folder)) {
    if (number < segment) continue;
    for (const frame of readSegment(folder, number).frames) {
      for (const { eventId } of recordsSchema.parse(JSON.parse(frame.json)))
        if (eventId !== undefined) ids.add(eventId);
    }
  }
  return ids;
}
