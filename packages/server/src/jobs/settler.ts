import type { Clock } from '../clock.ts';
import { kmsKeyTable } from '../storage/tables.ts';
import type { Change } from '../storage/unit-of-work.ts';
import type { JobParts } from './due-keys.ts';
import { settleKeys } from './settle-keys.ts';

/**
 * Settles keys that are Creating or Updating right after the commit that made them so; what a crash leaves between is
 * settled by the next job round. Rounds never overlap, and a commit that comes during one is followed by another.
 */
export class Settler {
  readonly #parts: JobParts;
  readonly #clock: Clock;
  readonly #isHeld: () => boolean;
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  /** `isHeld`: for tests of what is between; while it answers true nothing is settled. */
  constructor(parts: JobParts, clock: Clock, isHeld: () => boolean = () => false) {
    this.#parts = parts;
    this.#clock = clock;
    this.#isHeld = isHeld;
  }

  /** Told of every commit. */
  committed(changes: readonly Change[]): void {
    if (changes.some(({ table, row }) => table === kmsKeyTable.name && isUnsettled(row))) void this.settle();
  }

  /** Resolves once everything that was committed before is settled; an error is an alarm. */
  settle(): Promise<void> {
    return (this.#next ??= this.#running =
      this.#running.then(() => {
        this.#next = undefined;
        return this.#round();
      }));
  }

  /** Resolves when no round is under way. */
  stop(): Promise<void> {
    return this.#running;
  }

  async #round(): Promise<void> {
    if (this.#isHeld()) return;
    try {
      await settleKeys(this.#parts, this.#clock.now());
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#parts.alarm.raise('keys could not be settled', { reason });
    }
  }
}

function isUnsettled(row: Change['row']): boolean {
  return row !== undefined && (row['next_state'] ?? null) !== null;
}
