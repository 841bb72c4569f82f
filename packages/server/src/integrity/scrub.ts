import { setTimeout as wait } from 'node:timers/promises';
import type { Journal } from '../audit/journal.ts';
import { renderServiceEvent } from '../audit/record.ts';
import type { Clock } from '../clock.ts';
import type { Alarm } from '../telemetry/alarm.ts';
import { JournalExamination } from './examine-journal.ts';
import type { ExaminedStore } from './examined-store.ts';
import { type Finding, identityOf } from './finding.ts';
import { verifyStore } from './verify-store.ts';

export interface ScrubParts {
  readonly store: ExaminedStore;
  readonly journalFolder: string;
  readonly journal: Pick<Journal, 'append' | 'position'>;
  readonly clock: Clock;
  readonly alarm: Alarm;
  /** Waits, or rejects at once when the signal says so. Tests bring one that does not wait. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

const alarmIntervalMs = 1000;
const dayMs = 24 * 60 * 60 * 1000;
/** A slice takes about a millisecond: less than half a per cent of one processor. */
const leastIntervalMs = 300;
/** After a failure that is not a finding. */
const retryMs = 60 * 60 * 1000;

/** Findings that are told once. Beyond them each pass tells only that there are more. */
const mostRemembered = 1000;

/**
 * Goes through the whole store and the whole journal while the service runs, a slice at a time: the first pass as fast
 * as it may, each later one spread over about a day. What it finds becomes an alarm and a record in the journal, once.
 */
export class Scrub {
  readonly #parts: ScrubParts;
  readonly #told = new Set<string>();
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #intervalMs = leastIntervalMs;
  #passes = 0;
  #findings = 0;

  constructor(parts: ScrubParts) {
    this.#parts = parts;
  }

  /** Passes that ended, and different things that were found since the start. */
  get state(): { readonly passes: number; readonly findings: number } {
    return { passes: this.#passes, findings: this.#findings };
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Resolves when the slice that is under way has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isStopping()) {
      try {
        await this.#pass();
      } catch (error) {
        if (this.#isStopping()) return;
        const reason = error instanceof Error ? error.message : String(error);
        this.#parts.alarm.raise('integrity scrub failed', { reason });
        await this.#wait(retryMs).catch(() => undefined);
      }
    }
  }

  async #pass(): Promise<void> {
    let slices = 0;
    let untold = 0;
    await this.#wait(this.#intervalMs);
    for await (const findings of this.#slices()) {
      slices++;
      const damage = findings.filter(({ severity }) => severity === 'damage');
      const found = damage.filter((finding) => !this.#told.has(identityOf(finding)));
      const told = found.slice(0, mostRemembered - this.#told.size);
      untold += found.length - told.length;
      this.#tell(told);
      // An alarm of one kind is raised once a second at most: the next one must not be lost.
      await this.#wait(told.length === 0 ? this.#intervalMs : Math.max(this.#intervalMs, alarmIntervalMs));
    }
    if (untold > 0) this.#parts.alarm.raise('more integrity failures than are remembered', { count: untold });
    this.#passes++;
    this.#intervalMs = Math.max(leastIntervalMs, dayMs / slices);
  }

  async *#slices(): AsyncGenerator<readonly Finding[]> {
    const { store, clock, journal, journalFolder: folder } = this.#parts;
    for await (const { findings } of verifyStore(store, clock)) yield findings;
    const { installationId } = store;
    const position = () => journal.position;
    yield* new JournalExamination({ folder, installationId, position }, store, clock).run();
  }

  /** One record for each thing that is found, one alarm for what a slice found. */
  #tell(findings: readonly Finding[]): void {
    const { journal, alarm, clock } = this.#parts;
    const [first] = findings;
    if (first === undefined) return;
    this.#findings += findings.length;
    alarm.raise('integrity failure', { ...first, more: findings.length - 1 });
    for (const finding of findings) {
      this.#told.add(identityOf(finding));
      try {
        journal.append([renderServiceEvent('IntegrityFailure', clock.now(), { finding }).record]);
      } catch {
        // The journal keeps what it could not write, and raises its own alarm.
      }
    }
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  #wait(ms: number): Promise<unknown> {
    const { signal } = this.#stopping;
    const how = this.#parts.wait ?? ((forMs: number) => wait(forMs, undefined, { signal, ref: false }));
    return how(ms, signal);
  }
}
