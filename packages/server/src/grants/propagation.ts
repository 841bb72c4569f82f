import { grantTable } from '../storage/tables.ts';
import { type Change, remove, update } from '../storage/unit-of-work.ts';
import type { GrantRow } from './port.ts';

/**
 * When grants and their ends take effect. With AWS "there might be a brief delay, usually less than five minutes" ("Eventual
 * consistency for grants", KMS Developer Guide); here it is as long as `--grant-propagation` says, at once by default.
 */
export class Propagation {
  readonly #delayMs: number;

  constructor(delayMs: number) {
    this.#delayMs = delayMs;
  }

  /** Whether a request at `now` meets the grant without a token of it. */
  isEffective({ created_at, ended_at }: GrantRow, now: number): boolean {
    return created_at + this.#delayMs <= now && (ended_at === null || ended_at + this.#delayMs > now);
  }

  /** From when on every request meets the grant, with or without a token; never, where it has ended. */
  settledAt({ created_at, ended_at }: GrantRow): number {
    return ended_at === null ? created_at + this.#delayMs : Infinity;
  }

  /** Whether grants are effective from the moment of their making, and gone from that of their end. */
  get isImmediate(): boolean {
    return this.#delayMs === 0;
  }

  /** Ends a grant: it goes at once, or stays to be met until its end has spread. */
  endOf(row: GrantRow, now: number): Change {
    return this.isImmediate ? remove(grantTable, row) : update(grantTable, row, { ended_at: now });
  }

  /** Grants that ended by this time are met by nobody any more. */
  endedBefore(now: number): number {
    return now - this.#delayMs;
  }
}
