import { closeSync, openSync, readSync, statSync } from 'node:fs';
import type { Audit } from '../audit/open-audit.ts';
import type { JournalPosition } from '../audit/journal.ts';
import { segmentPath } from '../audit/segment.ts';
import type { Clock } from '../clock.ts';
import type { Storage } from '../storage/port.ts';
import { select } from '../storage/query.ts';
import type { Row } from '../storage/table.ts';
import { usageMarkTable } from '../storage/tables.ts';
import { type Change, insert, update } from '../storage/unit-of-work.ts';
import type { Alarm } from '../telemetry/alarm.ts';
import { LastUsages } from './last-usages.ts';
import { replayUsages } from './replay-usages.ts';
import { UsageWriter } from './usage-writer.ts';

export interface UsageParts {
  readonly storage: Storage;
  readonly audit: Audit;
  readonly journalFolder: string;
  readonly clock: Clock;
  readonly alarm: Alarm;
}

export interface Usages {
  readonly usages: LastUsages;
  readonly writer: UsageWriter;
}

type MarkRow = Row<typeof usageMarkTable>;

/**
 * Brings the last usages to the journal's end: what the last run noted and did not store is read from the records behind
 * the mark. Where there is no mark, tracking begins now: a new store, or one of a version that did not track. It begins
 * anew where the journal does not go on from the mark (one that was lost or cut): what its records told is not known.
 */
export async function openUsages(parts: UsageParts): Promise<Usages> {
  const { storage, audit, journalFolder, clock, alarm } = parts;
  const { journal } = audit;
  const usages = new LastUsages(storage);
  const writer = new UsageWriter({ storage, journal, usages, alarm });
  const [[mark]] = await storage.snapshot(select(usageMarkTable, {}));
  if (mark !== undefined && !audit.isNew && isInJournal(journalFolder, mark, journal.position)) {
    usages.trackSince(mark.tracked_since);
    await replayUsages({
      folder: journalFolder,
      from: positionOf(mark),
      to: journal.position,
      usages,
      writer,
    });
    await writer.save();
    return { usages, writer };
  }
  const now = clock.now();
  if (mark !== undefined) alarm.raise('the usage of keys is tracked anew: the journal does not go on', {});
  await store(storage, trackingFrom(mark, now, journal.position));
  usages.trackSince(now);
  return { usages, writer };
}

const positionOf = ({ journal_segment: segment, journal_offset: offset }: MarkRow): JournalPosition => ({
  segment,
  offset,
});

/** The mark was set where a line ended, and the journal only grows behind it, unless its end was cut off or it is another. */
function isInJournal(folder: string, mark: MarkRow, end: JournalPosition): boolean {
  const { segment, offset } = positionOf(mark);
  if (segment > end.segment || (segment === end.segment && offset > end.offset)) return false;
  for (let number = segment; number <= end.segment; number++)
    if (statSync(segmentPath(folder, number), { throwIfNoEntry: false }) === undefined) return false;
  return offset === 0 || endsLine(segmentPath(folder, segment), offset);
}

function endsLine(path: string, offset: number): boolean {
  const last = Buffer.alloc(1);
  const file = openSync(path, 'r');
  try {
    return readSync(file, last, 0, 1, offset - 1) === 1 && last[0] === 0x0a;
  } finally {
    closeSync(file);
  }
}

function trackingFrom(mark: MarkRow | undefined, now: number, { segment, offset }: JournalPosition): Change {
  const values = { tracked_since: now, journal_segment: segment, journal_offset: offset };
  return mark === undefined
    ? insert(usageMarkTable, { singleton: 'usage', ...values })
    : update(usageMarkTable, mark, values);
}

/** Nobody else writes while the service opens, so anything but success is a fault. */
async function store(storage: Storage, change: Change): Promise<void> {
  const result = await storage.commit({ head: undefined, expect: [], changes: [change], audit: undefined });
  if (result.kind !== 'committed')
    throw new Error(
      `the tracking of usage could not begin: ${result.kind === 'failed' ? result.reason : result.kind}`,
    );
}
