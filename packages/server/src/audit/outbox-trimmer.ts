import type { Storage } from '../storage/port.ts';
import type { Alarm } from '../telemetry/alarm.ts';
import type { Journal } from './journal.ts';

/** The development profile's group fsync: a power cut may lose the records of reads of the last second. */
const syncEveryMs = 1000;

/**
 * Makes the journal durable once a second, and only then forgets the outbox rows whose records it holds.
 * Records of writes are therefore never lost; after a kill, recovery finds each of them exactly once.
 */
export class OutboxTrimmer {
  readonly #storage: Storage;
  readonly #journal: Journal;
  readonly #alarm: Alarm;
  /** Committed, and not known to be in the journal. */
  readonly #outstanding = new Set<number>();
  /** In the journal's own list of what it could not append: the next append that succeeds holds them too. */
  #owed: number[] = [];
  #last = 0;
  #trimmed = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(storage: Storage, journal: Journal, alarm: Alarm) {
    this.#storage = storage;
    this.#journal = journal;
    this.#alarm = alarm;
  }

  start(): void {
    this.#timer = setInterval(() => void this.#syncAndTrim(), syncEveryMs);
    this.#timer.unref();
  }

  /** What cannot be made durable now stays in the outbox for the next start. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#syncAndTrim();
  }

  committed(sequences: readonly number[]): void {
    for (const sequence of sequences) {
      this.#outstanding.add(sequence);
      this.#last = Math.max(this.#last, sequence);
    }
  }

  appended(sequences: readonly number[]): void {
    for (const sequence of sequences) this.#outstanding.delete(sequence);
    for (const sequence of this.#owed) this.#outstanding.delete(sequence);
    this.#owed = [];
  }

  /** Where the journal dropped records, these may be among them: they stay outstanding, and the next start appends them. */
  notAppended(sequences: readonly number[]): void {
    if (!this.#journal.hasDropped) this.#owed.push(...sequences);
  }

  async #syncAndTrim(): Promise<void> {
    try {
      this.#retryOwed();
      const upTo = this.#outstanding.size === 0 ? this.#last : Math.min(...this.#outstanding) - 1;
      await this.#journal.sync();
      if (upTo <= this.#trimmed) return;
      this.#trimmed = upTo;
      this.#storage.trimOutbox(upTo);
    } catch (error) {
      const cause = error instanceof Error ? (error.cause ?? error) : error;
      this.#alarm.raise('journal not durable', { reason: String(cause) });
    }
  }

  /** Without waiting for a request that would try it: records must not stay in memory longer than they have to. */
  #retryOwed(): void {
    if (this.#journal.isWritable) return;
    this.#journal.assertWritable();
    this.appended([]);
  }
}
