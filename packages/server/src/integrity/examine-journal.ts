import { setImmediate as nextTurn } from 'node:timers/promises';
import type { JournalPosition } from '../audit/journal.ts';
import { type JournalFlaw, type JournalPiece, JournalVerifier } from '../audit/verify-journal.ts';
import type { Clock } from '../clock.ts';
import { select } from '../storage/query.ts';
import type { Row } from '../storage/table.ts';
import { auditOutboxTable, headTable } from '../storage/tables.ts';
import { CommitCounts } from './commit-counts.ts';
import { JournalComparison } from './compare-journal.ts';
import { NumberComparison } from './compare-numbers.ts';
import type { ExaminedStore } from './examined-store.ts';
import { type Finding, printable } from './finding.ts';
import { mostSliceMs } from './verify-store.ts';

export interface ExaminedJournal {
  readonly folder: string;
  readonly installationId: string;
  /** Where the journal ends, asked of the service that writes it; undefined where nobody does. */
  readonly position: (() => JournalPosition) | undefined;
}

/** How much of a journal was read, and how it ends. */
export interface JournalReport {
  readonly segments: number;
  readonly lines: number;
  readonly bytes: number;
  /** Records of committed changes that are in the outbox only; the service, or its next start, appends them. */
  readonly waiting: number;
  /** Whether the numbers of changes in store and journal could be compared. */
  readonly isCompared: boolean;
}

/** Reads a whole journal, a piece at a time, and holds it against the store if there is one. */
export class JournalExamination {
  readonly #journal: ExaminedJournal;
  readonly #store: ExaminedStore | undefined;
  readonly #clock: Clock;
  readonly #verifier: JournalVerifier;
  #waiting = 0;
  #isCompared = false;

  constructor(journal: ExaminedJournal, store: ExaminedStore | undefined, clock: Clock) {
    this.#clock = clock;
    this.#journal = journal;
    this.#store = store;
    this.#verifier = new JournalVerifier(journal.folder, journal.installationId);
  }

  get report(): JournalReport {
    return { ...this.#verifier.extent, waiting: this.#waiting, isCompared: this.#isCompared };
  }

  /** Yields what each piece showed; the event loop goes on in between. */
  async *run(): AsyncGenerator<readonly Finding[]> {
    if (this.#store === undefined) yield* this.#read(() => undefined);
    else yield* this.#compare(this.#store);
  }

  async *#compare(store: ExaminedStore): AsyncGenerator<readonly Finding[]> {
    // Before the position is asked, so that what is committed meanwhile is recorded behind it.
    const [outbox] = await store.storage.snapshot(select(auditOutboxTable, {}));
    const counts = new CommitCounts(outbox);
    const comparison = new JournalComparison(store.storage, counts);
    const read = () => this.#read((frame) => comparison.take(frame));
    yield* read();
    const waiting = counts.waiting(outbox);
    this.#waiting = waiting.length;
    comparison.takeWaiting(waiting.map(({ record }) => record));
    yield comparison.takeFindings();
    if (!this.#verifier.isIntact) return;
    if (this.#verifier.extent.segments === 0) yield await missingJournal(store);
    else {
      if (this.#journal.position === undefined) yield this.#endBeforeOutbox(outbox);
      if (!comparison.isComparable) return;
      this.#isCompared = true;
      const readOn = this.#journal.position === undefined ? nothing : read;
      yield* new NumberComparison({ store, comparison, counts, readOn }).run();
    }
  }

  async *#read(take: (frame: string) => Promise<void> | undefined): AsyncGenerator<readonly Finding[]> {
    for await (const piece of this.#verifier.walk(this.#journal.position?.())) {
      yield* this.#takePiece(piece, take);
    }
  }

  async *#takePiece(
    { flaws, frames }: JournalPiece,
    take: (frame: string) => Promise<void> | undefined,
  ): AsyncGenerator<readonly Finding[]> {
    yield flaws.map(findingOf);
    let until = this.#clock.monotonicNow() + mostSliceMs;
    for (const frame of frames) {
      await take(frame);
      if (this.#clock.monotonicNow() < until) continue;
      yield [];
      await nextTurn();
      until = this.#clock.monotonicNow() + mostSliceMs;
    }
    await nextTurn();
  }

  /** An outbox row says where the journal ended when its change was submitted. */
  #endBeforeOutbox(outbox: readonly Row<typeof auditOutboxTable>[]): readonly Finding[] {
    const { segment, offset } = this.#verifier.end;
    const beyond = outbox.find(
      ({ journal_segment: s, journal_offset: o }) => s > segment || (s === segment && o > offset),
    );
    if (beyond === undefined) return [];
    const text =
      `The journal ends in segment ${segment} at byte ${offset}, but reached byte ${beyond.journal_offset} of segment ` +
      `${beyond.journal_segment} before: a power cut lost its end, or somebody removed it.`;
    return [{ severity: 'warning', check: 'journal-end', key: `segment ${segment}`, text }];
  }
}

// eslint-disable-next-line require-yield -- nobody writes, so there is nothing to read on
async function* nothing(): AsyncGenerator<readonly Finding[]> {
  await nextTurn();
}

async function missingJournal(store: ExaminedStore): Promise<readonly Finding[]> {
  const [heads] = await store.storage.snapshot(select(headTable, {}, { limit: 1 }));
  if (heads.length === 0) return [];
  const text = 'Changes were made in the store, but there is no journal that tells of them.';
  return [{ severity: 'damage', check: 'journal-missing', text }];
}

function findingOf({ kind, severity, place, text }: JournalFlaw): Finding {
  return { severity, check: kind, key: printable(place), text: printable(text) };
}
