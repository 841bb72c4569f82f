import {
  existsSync,
  readFileSync,
  readdirSync,
  renameSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { syncFolder } from '../durable-file.ts';
import { StartRefusal } from '../start-refusal.ts';
import { firstChain } from './frame.ts';
import { listSegments, readSegment, type SegmentContent, segmentPath } from './segment.ts';

/** Where a journal goes on. */
export interface JournalEnd {
  readonly segment: number;
  readonly offset: number;
  readonly chain: string;
}

/** Bytes that were cut off the journal's end: torn by a kill or a power cut, or behind a change made from outside. */
export interface Cut {
  readonly cutBytes: number;
  /** Whole lines among them; a torn tail has none. */
  readonly cutLines: number;
  /** The file in the journal's folder that holds them. */
  readonly keptAs: string;
}

const keptName = /^cut-(\d+)-(\d+)-(\d+)$/;
const unrecordedName = /^cut-(\d+)-(\d+)\.unrecorded$/;

/**
 * Finds the journal's end and cuts off whatever behind it does not follow the chain. Nothing is lost: the bytes are
 * kept, durably, before they are cut. A kept file is `unrecorded` until the journal tells of it, so that a kill
 * in between does not swallow the record.
 */
export function findJournalEnd(folder: string, installationId: string): JournalEnd {
  for (const segment of listSegments(folder).reverse()) {
    const content = readSegment(folder, segment);
    const { head, frames, end, size } = content;
    const last = frames.at(-1);
    if (last !== undefined && head?.installationId !== installationId) {
      throw new StartRefusal(
        `The journal ${segmentPath(folder, segment)} belongs to another installation.`,
        'Restore the database, the seal header and the journal from the same backup.',
      );
    }
    if (size > end) keepAndCut(folder, segment, end);
    if (last !== undefined && !isAbandoned(folder, segment, content))
      return { segment, offset: end, chain: last.chain };
    // No record is in it: the segment before it goes on.
    unlinkSync(segmentPath(folder, segment));
  }
  return { segment: 1, offset: 0, chain: firstChain };
}

/** A segment whose beginning failed after its head was written: the one before it went on growing. */
function isAbandoned(folder: string, segment: number, { head, frames }: SegmentContent): boolean {
  if (frames.length > 1 || segment === 1 || !listSegments(folder).includes(segment - 1)) return false;
  return readSegment(folder, segment - 1).frames.at(-1)?.chain !== head?.previousChain;
}

/** The cuts that the journal does not tell of yet. */
export function unrecordedCuts(folder: string): readonly Cut[] {
  return readdirSync(folder)
    .filter((name) => unrecordedName.test(name))
    .sort()
    .map((name) => {
      const bytes = readFileSync(join(folder, name));
      const cutLines = bytes.filter((byte) => byte === 0x0a).length;
      return {
        cutBytes: bytes.length,
        cutLines,
        keptAs: name.replace('.unrecorded', `-${nextKept(folder, name)}`),
      };
    });
}

/** The journal tells of the cut. */
export function cutRecorded(folder: string, { keptAs }: Cut): void {
  const [, segment = '', offset = ''] = keptName.exec(keptAs) ?? [];
  renameSync(join(folder, `cut-${segment}-${offset}.unrecorded`), join(folder, keptAs));
  syncFolder(folder);
}

function keepAndCut(folder: string, segment: number, offset: number): void {
  const path = segmentPath(folder, segment);
  const kept = join(folder, `cut-${segment}-${offset}.unrecorded`);
  writeFileSync(kept, readFileSync(path).subarray(offset), { mode: 0o600, flush: true });
  syncFolder(folder);
  truncateSync(path, offset);
}

/** The journal can be torn at the same byte more than once; nothing that was kept is overwritten. */
function nextKept(folder: string, unrecorded: string): number {
  const prefix = unrecorded.replace('.unrecorded', '');
  let number = 1;
  while (existsSync(join(folder, `${prefix}-${number}`))) number++;
  return number;
}
