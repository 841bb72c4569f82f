import {
  chmodSync,
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  writeSync,
} from 'node:fs';
import { syncFolder } from '../durable-file.ts';
import { nextChain } from './frame.ts';
import { type Cut, cutRecorded, findJournalEnd, type JournalEnd, unrecordedCuts } from './journal-end.ts';
import { OwedRecords } from './owed-records.ts';
import { segmentPath } from './segment.ts';

/** A new segment begins when the current one has grown to this size. */
const defaultSegmentBytes = 64 * 1024 * 1024;

export interface JournalPosition {
  readonly segment: number;
  readonly offset: number;
}

export class JournalUnwritableError extends Error {}

export interface JournalOptions {
  /** Renders the record of bytes that were cut off the journal's end. */
  readonly describeCut: (cut: Cut) => string;
  /** Renders the record of how many records were dropped while the journal could not be written. */
  readonly describeGap: (records: number) => string;
  readonly segmentBytes?: number;
}

/**
 * The journal: one line of records for each turn of the event loop, chained by hash.
 * `append` returns when the records are in the kernel; `sync` when they are on the disk.
 */
export class Journal {
  readonly #folder: string;
  readonly #installationId: string;
  readonly #segmentBytes: number;
  readonly #owed: OwedRecords;
  #file: number;
  #segment: number;
  #offset: number;
  #chain: string;
  /** A write failed half-way and its bytes could not be cut off: they are before anything else is written. */
  #isTorn = false;
  /** True at first: what an earlier process appended may be in the kernel only. */
  #isDirty = true;
  #syncing: Promise<void> | undefined;
  #syncError: unknown;

  private constructor(folder: string, installationId: string, options: JournalOptions, at: JournalEnd) {
    this.#folder = folder;
    this.#installationId = installationId;
    this.#segmentBytes = options.segmentBytes ?? defaultSegmentBytes;
    this.#owed = new OwedRecords(options.describeGap);
    this.#segment = at.segment;
    this.#offset = at.offset;
    this.#chain = at.chain;
    this.#file = openSync(segmentPath(folder, at.segment), 'a', 0o600);
  }

  /**
   * Opens the journal at its end. A tail that a kill or a power cut tore, or everything behind a change from outside,
   * is cut off, kept beside the journal, and the cut is recorded.
   */
  static open(folder: string, installationId: string, options: JournalOptions): Journal {
    if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
    // A copy or a restore may have opened it to others.
    chmodSync(folder, 0o700);
    const end = findJournalEnd(folder, installationId);
    const journal = new Journal(folder, installationId, options, end);
    if (end.offset === 0) journal.#beginSegment();
    for (const cut of unrecordedCuts(folder)) {
      journal.append([options.describeCut(cut)]);
      cutRecorded(folder, cut);
    }
    return journal;
  }

  get position(): JournalPosition {
    return { segment: this.#segment, offset: this.#offset };
  }

  /** Where the journal ends, and the chain there: whoever holds both can tell whether another journal goes on from here. */
  get end(): JournalEnd {
    return { segment: this.#segment, offset: this.#offset, chain: this.#chain };
  }

  get isWritable(): boolean {
    return this.#owed.isEmpty && this.#syncError === undefined;
  }

  /** Whether records were dropped because too many waited to be written; false again once they can be written. */
  get hasDropped(): boolean {
    return this.#owed.hasDropped;
  }

  /** Throws JournalUnwritableError unless records can be written; tries again what failed before. */
  assertWritable(): void {
    if (this.#syncError !== undefined)
      throw new JournalUnwritableError(notDurable, { cause: this.#syncError });
    if (!this.#owed.isEmpty) this.#payOwed();
  }

  /**
   * Appends records (JSON texts) as one frame. On failure they are kept, to be appended before anything else,
   * and the error is thrown: the caller decides what that means for its replies.
   */
  append(records: readonly string[]): void {
    try {
      if (!this.#owed.isEmpty) this.#payOwed();
      this.#writeFrame(records);
    } catch (error) {
      this.#owed.add(records);
      if (error instanceof JournalUnwritableError) throw error;
      throw new JournalUnwritableError('the journal cannot be written', { cause: error });
    }
  }

  /**
   * Makes everything appended so far durable, without blocking the event loop. After a failure it fails for good and
   * nothing more is taken: the kernel may have dropped what it could not write, and would then report success.
   */
  async sync(): Promise<void> {
    // One that is under way may have begun before the last append; whoever else waits for it may begin the next.
    while (this.#syncing !== undefined) await this.#syncing.catch(() => undefined);
    if (this.#syncError !== undefined)
      throw new JournalUnwritableError(notDurable, { cause: this.#syncError });
    if (!this.#isDirty) return;
    this.#isDirty = false;
    this.#syncing = this.#startSync();
    await this.#syncing;
  }

  async close(): Promise<void> {
    // A failure has closed the journal and was told when it came; what it left undone, the next start does.
    await this.sync().catch(() => undefined);
    closeSync(this.#file);
  }

  #startSync(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    fdatasync(this.#file, (error) => {
      this.#syncing = undefined;
      if (error === null) {
        resolve(undefined);
        return;
      }
      this.#syncError = error;
      reject(new JournalUnwritableError(notDurable, { cause: error }));
    });
    return promise;
  }

  #payOwed(): void {
    for (let records = this.#owed.next(); records !== undefined; records = this.#owed.next()) {
      try {
        this.#writeFrame(records);
      } catch (error) {
        throw new JournalUnwritableError('the journal cannot be written', { cause: error });
      }
      this.#owed.paid(records);
    }
  }

  #writeFrame(records: readonly string[]): void {
    if (this.#offset >= this.#segmentBytes) this.#nextSegment();
    this.#write(`[${records.join(',')}]`);
  }

  #write(json: string): void {
    const chain = nextChain(this.#chain, json);
    const line = Buffer.from(`${chain} ${json}\n`);
    if (this.#isTorn) ftruncateSync(this.#file, this.#offset);
    this.#isTorn = true;
    let written = 0;
    try {
      while (written < line.length) written += writeSync(this.#file, line, written);
    } catch (error) {
      if (written > 0) ftruncateSync(this.#file, this.#offset);
      this.#isTorn = false;
      throw error;
    }
    this.#isTorn = false;
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
    try {
      fdatasyncSync(this.#file);
    } catch (error) {
      this.#syncError = error;
      throw error;
    }
    const old = { file: this.#file, segment: this.#segment, offset: this.#offset, chain: this.#chain };
    // 'w': what an attempt that failed half-way left there is not part of the journal.
    this.#file = openSync(segmentPath(this.#folder, old.segment + 1), 'w', 0o600);
    this.#segment += 1;
    this.#offset = 0;
    try {
      this.#beginSegment();
    } catch (error) {
      closeSync(this.#file);
      this.#file = old.file;
      this.#segment = old.segment;
      this.#offset = old.offset;
      this.#chain = old.chain;
      this.#isTorn = false;
      throw error;
    }
    this.#closeAfterSync(old.file);
  }

  /** A synchronisation that is under way still uses the file. */
  #closeAfterSync(file: number): void {
    const close = () => {
      closeSync(file);
    };
    if (this.#syncing === undefined) close();
    else this.#syncing.then(close, close);
  }
}

const notDurable = 'the journal could not be made durable: restart the service';
