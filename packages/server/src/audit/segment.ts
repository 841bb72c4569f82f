import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { firstChain, readFrame, type Frame } from './frame.ts';

const segmentName = /^(\d{8})\.jsonl$/;

/** The first frame of every segment: which it is, whose, and the chain that the one before it ended with. */
export const segmentHeadSchema = z.tuple([
  z.object({
    kind: z.literal('segment'),
    segment: z.int(),
    installationId: z.string(),
    previousChain: z.string().length(64),
  }),
]);

export type SegmentHead = z.infer<typeof segmentHeadSchema>[0];

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
  /** Undefined where the first line is torn or was changed; then there are no frames either. */
  readonly head: SegmentHead | undefined;
  readonly frames: readonly Frame[];
  /** The end of the last whole frame that follows the chain; what is behind it is torn or was changed. */
  readonly end: number;
  readonly size: number;
}

/** Reads a segment up to its first frame that is torn or breaks the chain. */
export function readSegment(folder: string, segment: number): SegmentContent {
  const file = readFileSync(segmentPath(folder, segment));
  const head = findHead(file, segment);
  const frames: Frame[] = [];
  let chain = head?.previousChain ?? firstChain;
  let end = 0;
  let frame = head === undefined ? undefined : readFrame(file, 0, chain);
  while (frame !== undefined) {
    frames.push(frame);
    chain = frame.chain;
    end = frame.end;
    frame = readFrame(file, end, chain);
  }
  return { head, frames, end, size: file.length };
}

function findHead(file: Buffer, segment: number): SegmentHead | undefined {
  const newline = file.indexOf(0x0a);
  if (newline === -1) return undefined;
  try {
    const [head] = segmentHeadSchema.parse(JSON.parse(file.toString('utf8', 65, newline)));
    const isFirst = segment !== 1 || head.previousChain === firstChain;
    return head.segment === segment && isFirst ? head : undefined;
  } catch {
    return undefined;
  }
}
