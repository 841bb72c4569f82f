import { internal, throttling } from '@keyhaven/api-model';
import type { Journal } from '../audit/journal.ts';
import type { Fills, Validated } from './call.ts';

/** Requests of one account that may be under way at once: a bound on memory and on the queue for the disk. */
const mostInFlight = 4096;

/** What is checked before any I/O: the journal can take the record of this request, and the account is not flooding. */
export class Admission {
  readonly #journal: Journal;
  readonly #inFlight = new Map<string, number>();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** Throws KMSInternalException while the journal cannot be written, ThrottlingException above the bound. */
  admit(call: Fills<Validated, 'isAdmitted'>): void {
    try {
      this.#journal.assertWritable();
    } catch {
      throw internal();
    }
    const { accountId } = call.caller;
    const inFlight = this.#inFlight.get(accountId) ?? 0;
    if (inFlight >= mostInFlight) throw throttling();
    this.#inFlight.set(accountId, inFlight + 1);
    call.isAdmitted = true;
  }

  /** The request is answered. */
  leave(accountId: string): void {
    const left = (this.#inFlight.get(accountId) ?? 1) - 1;
    if (left === 0) this.#inFlight.delete(accountId);
    else this.#inFlight.set(accountId, left);
  }
}
