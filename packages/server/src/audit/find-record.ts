import { existsSync } from 'node:fs';
import { chainLength } from './frame.ts';
import type { JournalPosition } from './journal.ts';
import { readLinesBackwards } from './lines-backwards.ts';
import { parseFrame } from './read-records.ts';
import { listSegments, segmentPath } from './segment.ts';

/**
 * The record of the request with this id, the latest first: operators ask about what has just happened. Of a request that
 * changed keys in other Regions it is the one of the Region that it was made in, which is written first. Undefined: the journal
 * has none. It verifies no chain; an examination does.
 */
export async function findRequestRecord(
  folder: string,
  requestId: string,
  { segment: lastSegment, offset }: JournalPosition,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const sought = Buffer.from(JSON.stringify({ requestId }).slice(1, -1), 'utf8');
  for (const segment of listSegments(folder).reverse()) {
    const path = segmentPath(folder, segment);
    if (segment > lastSegment || !existsSync(path)) continue;
    for await (const line of readLinesBackwards(path, segment === lastSegment ? offset : Infinity)) {
      if (!line.includes(sought)) continue;
      const record = parseFrame(line.subarray(chainLength + 1)).find((one) => isOf(one, requestId));
      if (record !== undefined) return record as Readonly<Record<string, unknown>>;
    }
  }
  return undefined;
}

function isOf(record: unknown, requestId: string): boolean {
  return (
    typeof record === 'object' && record !== null && 'requestId' in record && record.requestId === requestId
  );
}
