import type { JournalPosition } from './journal.ts';
import { readLines } from './journal-lines.ts';
import { chainLength } from './frame.ts';
import { segmentPath } from './segment.ts';

/**
 * The records between two positions of a journal that was opened, frame by frame and in order. It verifies no chain: what
 * follows from the journal's end the start has verified, and what lies before it an examination does. A line that is no
 * frame is left out.
 */
export async function* readRecords(
  folder: string,
  from: JournalPosition,
  to: JournalPosition,
): AsyncGenerator<readonly unknown[]> {
  for (let segment = from.segment; segment <= to.segment; segment++) {
    const begin = segment === from.segment ? from.offset : 0;
    const end = segment === to.segment ? to.offset : Infinity;
    for await (const lines of readLines(segmentPath(folder, segment), begin, end)) {
      for (const { bytes } of lines) yield parseFrame(bytes.subarray(chainLength + 1));
    }
  }
}

/** The records of a frame; none where the text is no frame. */
export function parseFrame(json: Buffer): readonly unknown[] {
  try {
    const frame: unknown = JSON.parse(json.toString('utf8'));
    return Array.isArray(frame) ? frame : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
