import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { syncFolder } from '../installation/replace-file.ts';
import { firstChain, nextChain } from './frame.ts';
import { listSegments, readSegment, segmentPath } from './segment.ts';

/** A new segment begins when the current one has grown to this size. */
const segmentBytes = 64 * 1024 * 1024;

export interface JournalPosition {
  readonly segment: number;
  readonly offset: number;
}

export class JournalUnwritableError extends Error {}

/**
 * The journal: one line of records for each turn of the event loop, chained by hash.
 * `append` returns when the records are in the kernel; `sync` when they are on the disk.
 */
export class Journal {
  readonly #folder: string;
  readonly #installationId: string;
  #file: number;
  #segment: number;
  #offset: number;
  #chain: string;
  /** Records whose append failed: they go first when the journal can be written again. */
  #owed: string[] = [];
  #isDirty = false;

  private constructor(
    folder: string,
    installationId: string,
    at: { segment: number; offset: number; chain: string },
  ) {
    this.#folder = folder;
    this.#installationId = installationId;
    this.#segment = at.segment;
    this.#offset = at.offset;
    this.#chain = at.chain;
    this.#file = openSync(segmentPath(folder, at.segment), 'a', 0o600);
  }

  /**
   * Opens the journal at its end. A tail that a kill or a power cut tore is cut off, kept beside the journal,
   * and the cut is recorded; `describeCut` renders that record.
   */
  static open(
    folder: string,
    installationId: string,
    describeCut: (cutBytes: number, keptAs: string) => string,
  ): Journal {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const segment = listSegments(folder).at(-1);
    if (segment === undefined) {
      const journal = new Journal(folder, installationId, { segment: 1, offset: 0, chain: firstChain });
      journal.#beginSegment();
      return journal;
    }
    const content = readSegment(folder, segment);
    const chain = content.frames.at(-1)?.chain ?? content.previousChain;
    const journal = new Journal(folder, installationId, { segment, offset: content.end, chain });
    if (content.size > content.end) journal.#cutTail(content.size, describeCut);
    else if (content.frames.length === 0) journal.#beginSegment();
    return journal;
  }

  get position(): JournalPosition {
    return { segment: this.#segment, offset: this.#offset };
  }

  get isWritable(): boolean {
    return this.#owed.length === 0;
  }

  /** Throws JournalUnwritableError unless records can be written; tries again what failed before. */
  assertWritable(): void {
    if (this.#owed.length === 0) return;
    const owed = this.#owed;
    this.#owed = [];
    this.append(owed);
  }

  /**
   * Appends records (JSON texts) as one frame. On failure they are kept, to be appended before anything else,
   * and the error is thrown: the caller decides what that means for its replies.
   */
  append(records: readonly string[]): void {
    const all = this.#owed.length > 0 ? [...this.#owed, ...records] : records;
    try {
      if (this.#offset >= segmentBytes) this.#nextSegment();
      this.#write(`[${all.join(',')}]`);
      this.#owed = [];
    } catch (error) {
      this.#owed = [...all];
      throw new JournalUnwritableError('the journal cannot be written', { cause: error });
    }
  }

  /** Makes everything appended so far durable, without blocking the event loop. */
  sync(): Promise<void> {
    if (!this.#isDirty) return Promise.resolve();
    this.#isDirty = false;
    return new Promise((resolve, reject) => {
      fdatasync(this.#file, (error) => {
        if (error === null) {
          resolve();
          return;
        }
        this.#isDirty = true;
        reject(error);
      });
    });
  }

  async close(): Promise<void> {
    await this.sync();
    closeSync(this.#file);
  }

  #write(json: string): void {
    const chain = nextChain(this.#chain, json);
    const line = Buffer.from(`${chain} ${json}\n`);
    let written = 0;
    try {
      while (written < line.length) written += writeSync(this.#file, line, written);
    } catch (error) {
      if (written > 0) ftruncateSync(this.#file, this.#offset);
      throw error;
    }
    this.#chain = chain;
    this.#offset += line.length;
    this.#isDirty = true;
  }

  #beginSegment(): void {
    const head = {
      kind: 'segment',
      segment: this.#segment,
      installationId: this.#installationId,
      previousChain: this.#chain,
    };
    this.#write(JSON.stringify([head]));
    syncFolder(this.#folder);
  }

  /** The old segment is complete and is synchronised once, here, before the new one takes its place. */
  #nextSegment(): void {
    const old = { file: this.#file, segment: this.#segment, offset: this.#offset };
    const next = openSync(segmentPath(this.#folder, this.#segment + 1), 'a', 0o600);
    if (fstatSync(next).size > 0) ftruncateSync(next, 0);
    this.#file = next;
    this.#segment += 1;
    this.#offset = 0;
    try {
      fdatasyncSync(old.file);
      this.#beginSegment();
    } catch (error) {
      closeSync(next);
      this.#file = old.file;
      this.#segment = old.segment;
      this.#offset = old.offset;
      throw error;
    }
    closeSync(old.file);
  }

  #cutTail(size: number, describeCut: (cutBytes: number, keptAs: string) => string): void {
    const path = segmentPath(this.#folder, this.#segment);
    const tail = readFileSync(path).subarray(this.#offset, size);
    const keptAs = `torn-${this.#segment}-${this.#offset}`;
    writeFileSync(join(this.#folder, keptAs), tail, { mode: 0o600, flush: true });
    ftruncateSync(this.#file, this.#offset);
    if (this.#offset === 0) this.#beginSegment();
    this.append([describeCut(tail.length, keptAs)]);
  }
}
