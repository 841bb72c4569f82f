import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { StartRefusal } from '../start-refusal.ts';
import { firstChain, readFrame, type Frame } from './frame.ts';

const segmentName = /^(\d{8})\.jsonl$/;

/** The first frame of every segment: which it is, whose, and the chain that the one before it ended with. */
const segmentHeadSchema = z.tuple([
  z.object({
    kind: z.literal('segment'),
    segment: z.int(),
    installationId: z.string(),
    previousChain: z.string().length(64),
  }),
]);

export function segmentPath(folder: string, segment: number): string {
  return join(folder, `${String(segment).padStart(8, '0')}.jsonl`);
}

export function listSegments(folder: string): number[] {
  return readdirSync(folder)
    .map((name) => segmentName.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
}

export interface SegmentContent {
  readonly frames: readonly Frame[];
  /** The chain that this segment continues. */
  readonly previousChain: string;
  /** The end of the last whole frame that follows the chain; anything behind it is torn. */
  readonly end: number;
  readonly size: number;
}

/** Reads a segment up to its first frame that is torn or breaks the chain. */
export function readSegment(folder: string, segment: number): SegmentContent {
  const path = segmentPath(folder, segment);
  const file = readFileSync(path);
  const previousChain = headOf(file, path)?.previousChain ?? firstChain;
  const frames: Frame[] = [];
  let chain = previousChain;
  let end = 0;
  for (let frame = readFrame(file, 0, chain); frame !== undefined; frame = readFrame(file, end, chain)) {
    frames.push(frame);
    chain = frame.chain;
    end = frame.end;
  }
  return { frames, previousChain, end, size: file.length };
}

/** Undefined for a segment whose very first line was torn: nothing in it was ever acknowledged. */
function headOf(file: Buffer, path: string): { readonly previousChain: string } | undefined {
  const newline = file.indexOf(0x0a);
  if (newline === -1) return undefined;
  try {
    return segmentHeadSchema.parse(JSON.parse(file.toString('utf8', 65, newline)))[0];
  } catch {
    throw new StartRefusal(
      `The journal segment ${path} does not begin as a journal segment does.`,
      'It was changed from outside: keep the file for the inquiry and restore the journal from a backup.',
    );
  }
}
