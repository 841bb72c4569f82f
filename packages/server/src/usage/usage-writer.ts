import type { Journal, JournalPosition } from '../audit/journal.ts';
import { select } from '../storage/query.ts';
import type { Storage } from '../storage/port.ts';
import { usageMarkTable } from '../storage/tables.ts';
import { update } from '../storage/unit-of-work.ts';
import type { Alarm } from '../telemetry/alarm.ts';
import type { LastUsages } from './last-usages.ts';
import { UsageRows } from './usage-rows.ts';

const everyMs = 60_000;

const mostAttempts = 5;

export interface UsageWriterParts {
  readonly storage: Storage;
  readonly journal: Journal;
  readonly usages: LastUsages;
  readonly alarm: Alarm;
}

/**
 * Stores what `LastUsages` holds: once a minute, earlier where that would be many keys, and at the end. Every record before
 * the stored mark is in the rows; what a kill loses of the memory, the next start reads from the records behind it.
 */
export class UsageWriter {
  readonly #parts: UsageWriterParts;
  readonly #rows: UsageRows;
  #mark: JournalPosition | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(parts: UsageWriterParts) {
    this.#parts = parts;
    this.#rows = new UsageRows(parts);
  }

  start(): void {
    this.#parts.usages.whenCrowded(() => void this.save());
    this.#timer = setInterval(() => void this.save(), everyMs);
    this.#timer.unref();
  }

  /** What cannot be stored now, the next start takes from the journal. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.save();
  }

  /** Never throws: a failure is an alarm, and the next round tries again. */
  save(): Promise<void> {
    return this.#enqueue(() => this.#save());
  }

  /** Stores the rows alone: what is noted is not yet all that the journal tells. */
  saveRows(): Promise<void> {
    return this.#enqueue(() => this.#saveRows());
  }

  #enqueue(round: () => Promise<void>): Promise<void> {
    this.#running = this.#running.then(() => this.#runOrAlarm(round));
    return this.#running;
  }

  async #runOrAlarm(round: () => Promise<void>): Promise<void> {
    const { usages, alarm } = this.#parts;
    try {
      await round();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      alarm.raise('the last usage of keys could not be stored', { reason });
    } finally {
      usages.saveEnded();
    }
  }

  async #save(): Promise<void> {
    const { journal } = this.#parts;
    // Records that wait to be written lie behind the journal's end, and some of what is noted is theirs.
    if (!journal.isWritable) return;
    const position = journal.position;
    if (this.#mark?.segment === position.segment && this.#mark.offset === position.offset) return;
    await this.#saveRows();
    await this.#moveMark(position);
    this.#mark = position;
  }

  async #saveRows(): Promise<void> {
    const { journal, usages } = this.#parts;
    const unsaved = usages.unsaved();
    // A row must not outlive its record, nor the mark the records before it, in a power cut.
    await journal.sync();
    await this.#rows.save(unsaved);
  }

  async #moveMark(position: JournalPosition): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      if (await this.#moveMarkOnce(position)) return;
      if (attempt === mostAttempts) throw new Error('the mark was changed again and again');
    }
  }

  /** False where the row was written anew meanwhile, by a rotation of the key that protects it. */
  async #moveMarkOnce({ segment, offset }: JournalPosition): Promise<boolean> {
    const { storage } = this.#parts;
    const [[row]] = await storage.snapshot(select(usageMarkTable, {}));
    if (row === undefined) throw new Error('the mark is missing');
    const change = update(usageMarkTable, row, { journal_segment: segment, journal_offset: offset });
    const unit = { head: undefined, expect: [], changes: [change], audit: undefined };
    const result = await storage.commit(unit);
    if (result.kind === 'failed') throw new Error(result.reason);
    return result.kind === 'committed';
  }
}
