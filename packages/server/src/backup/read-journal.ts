import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Hex } from '@keyhaven/crypto';
import { chainLength } from '../audit/frame.ts';
import type { JournalEnd } from '../audit/journal-end.ts';
import { type JournalLine, readLines } from '../audit/journal-lines.ts';
import { listSegments, type SegmentHead, segmentHeadSchema, segmentPath } from '../audit/segment.ts';
import { z } from 'zod';
import { BackupRefusal } from './backup-refusal.ts';

const recordsSchema = z.array(z.record(z.string(), z.unknown()));

/** A line, and its number from 1. */
type Line = JournalLine & { readonly number: number };

async function* linesOf(path: string): AsyncGenerator<Line> {
  let number = 0;
  for await (const lines of readLines(path, 0, statSync(path).size))
    for (const line of lines) yield { ...line, number: ++number };
}

async function firstLineOf(path: string): Promise<Line | undefined> {
  for await (const line of linesOf(path)) return line;
  return undefined;
}

export type JournalRecord = Readonly<Record<string, unknown>>;

/** Where a journal ended, and what a kill left behind its last whole line. */
export interface JournalTail {
  readonly end: JournalEnd;
  readonly tornBytes: number;
}

/**
 * Reads a journal from the start of the segment that a position lies in to the journal's end, and verifies every line
 * of it: that it is this installation's, that it passes the position with the very chain that it had there, and that the
 * chain is whole from there on. `visit` gets each record behind the position. Throws BackupRefusal, which names the first
 * line that does not fit.
 *
 * The service itself cuts a journal off at the first such line and goes on; a restore does not, because what the journal
 * says of destructions decides which keys come back.
 */
export async function readJournalFrom(
  folder: string,
  installationId: string,
  position: JournalEnd,
  visit: (record: JournalRecord) => void,
): Promise<JournalTail> {
  const segments = listSegments(folder);
  await refuseForeign(folder, segments, installationId);
  const reader = new ChainReader(folder, installationId, position, visit);
  const last = segments.at(-1) ?? 0;
  if (!segments.includes(position.segment)) throw lacksPosition(folder, position);
  for (let segment = position.segment; segment <= last; segment++) {
    if (!segments.includes(segment)) {
      throw new BackupRefusal(
        `The journal ${folder} lacks the segment ${segmentPath(folder, segment)}.`,
        'Give the whole journal: every .jsonl file of it.',
      );
    }
    if (!(await reader.read(segment, segment === last))) break;
  }
  return reader.tail();
}

async function refuseForeign(
  folder: string,
  segments: readonly number[],
  installationId: string,
): Promise<void> {
  const [first] = segments;
  if (first === undefined) {
    const below = join(folder, 'journal');
    throw new BackupRefusal(
      `The folder ${folder} holds no journal.`,
      existsSync(below) ? `Name the journal itself: ${below}.` : 'Name the folder with its .jsonl files.',
    );
  }
  const line = await firstLineOf(segmentPath(folder, first));
  const head = line === undefined ? undefined : parseHead(jsonOf(line));
  if (head === undefined || head.installationId === installationId) return;
  throw new BackupRefusal(
    `The journal ${folder} is not the journal of this backup's installation.`,
    'Give the journal of the installation that the backup was made of.',
  );
}

function lacksPosition(folder: string, { segment, offset }: JournalEnd): BackupRefusal {
  return new BackupRefusal(
    `The journal ${folder} does not contain the position at which the backup was made (segment ${segment}, byte ${offset}).`,
    'Give the journal that went on after this backup; an older copy of it, or the journal of another restore, is not enough.',
  );
}

function jsonOf(line: Line): Buffer {
  return line.bytes.subarray(chainLength + 1);
}

function parseHead(json: Buffer): SegmentHead | undefined {
  try {
    return segmentHeadSchema.parse(JSON.parse(json.toString('utf8')))[0];
  } catch {
    return undefined;
  }
}

/** Follows the chain from line to line and from segment to segment. */
class ChainReader {
  readonly #folder: string;
  readonly #installationId: string;
  readonly #position: JournalEnd;
  readonly #visit: (record: JournalRecord) => void;
  #end: JournalEnd;
  #hasPassed = false;
  #tornBytes = 0;

  constructor(
    folder: string,
    installationId: string,
    position: JournalEnd,
    visit: (record: JournalRecord) => void,
  ) {
    this.#folder = folder;
    this.#installationId = installationId;
    this.#position = position;
    this.#visit = visit;
    this.#end = { segment: position.segment, offset: 0, chain: '' };
  }

  tail(): JournalTail {
    if (!this.#hasPassed) throw lacksPosition(this.#folder, this.#position);
    return { end: this.#end, tornBytes: this.#tornBytes };
  }

  /** False for a segment that is no part of the journal. */
  async read(segment: number, isLast: boolean): Promise<boolean> {
    const path = segmentPath(this.#folder, segment);
    for await (const line of linesOf(path)) {
      if (!line.isWhole) {
        // A kill tore it, and nothing was answered for it; only at the very end can there be such a line.
        if (!isLast) throw this.#badLine(path, line);
        this.#tornBytes = line.bytes.length;
        break;
      }
      if (line.number === 1) {
        if (this.#begin(segment, path, line)) continue;
        if (isLast && (await this.#isAbandoned(path))) return false;
        throw this.#badLine(path, line);
      }
      this.#follow(segment, path, line);
    }
    return true;
  }

  /** A segment whose beginning failed after its head was written: the one before it went on growing. */
  async #isAbandoned(path: string): Promise<boolean> {
    let lines = 0;
    for await (const { isWhole } of linesOf(path)) if (isWhole && ++lines > 1) return false;
    return true;
  }

  #begin(segment: number, path: string, line: Line): boolean {
    const head = parseHead(jsonOf(line));
    if (head?.segment !== segment || head.installationId !== this.#installationId)
      throw this.#badLine(path, line);
    if (segment !== this.#position.segment && head.previousChain !== this.#end.chain) return false;
    this.#end = { ...this.#end, chain: head.previousChain };
    this.#follow(segment, path, line);
    return true;
  }

  #follow(segment: number, path: string, line: Line): void {
    const chain = line.bytes.toString('latin1', 0, chainLength);
    const json = jsonOf(line);
    const expected = sha256Hex(Buffer.concat([Buffer.from(this.#end.chain, 'latin1'), json]));
    if (chain !== expected || line.bytes[chainLength] !== 0x20) throw this.#badLine(path, line);
    this.#end = { segment, offset: line.end, chain };
    if (this.#hasPassed) this.#tell(path, line, json);
    else this.#lookForPosition();
  }

  /** Equal chains mean that everything before is the same too, back to the very first line. */
  #lookForPosition(): void {
    const { segment, offset, chain } = this.#position;
    if (this.#end.segment === segment && this.#end.offset < offset) return;
    if (this.#end.segment !== segment || this.#end.offset !== offset || this.#end.chain !== chain)
      throw lacksPosition(this.#folder, this.#position);
    this.#hasPassed = true;
  }

  #tell(path: string, line: Line, json: Buffer): void {
    let records: z.infer<typeof recordsSchema>;
    try {
      records = recordsSchema.parse(JSON.parse(json.toString('utf8')));
    } catch {
      throw this.#badLine(path, line);
    }
    for (const record of records) this.#visit(record);
  }

  #badLine(path: string, { number }: Line): BackupRefusal {
    return new BackupRefusal(
      `The journal was changed: line ${number} of ${path} does not follow the chain.`,
      'Give an unchanged copy of the journal: what it says of destroyed keys cannot be trusted from that line on.',
    );
  }
}
