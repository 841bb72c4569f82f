import type { Row } from '../storage/table.ts';
import type { auditOutboxTable } from '../storage/tables.ts';
import { readFacts } from './journal-facts.ts';

/** One account's use of one Region; the store counts its commits. */
export interface Head {
  readonly accountId: string;
  readonly region: string;
}

interface Count {
  readonly head: Head;
  /** Records so far. */
  records: number;
}

type OutboxRow = Row<typeof auditOutboxTable>;

const textOf = ({ accountId, region }: Head) => `${accountId}/${region}`;

/**
 * How many changes the journal tells of, for each account and Region. Each raised the head of its account and Region
 * by one, in the transaction that also put its record into the outbox; the record leaves the outbox only once the
 * journal holds it durably. So a head's number is that of its records in the journal and of those in the outbox alone.
 */
export class CommitCounts {
  readonly #counts = new Map<string, Count>();
  /** Records of the outbox that the journal may or may not hold. */
  readonly #expected: Set<string>;
  readonly #found = new Set<string>();

  /** `outbox`: as it was before the journal was read. */
  constructor(outbox: readonly OutboxRow[]) {
    this.#expected = new Set(outbox.map(({ event_id }) => event_id));
  }

  noteRecord(eventId: string): void {
    if (this.#expected.has(eventId)) this.#found.add(eventId);
  }

  /** Records that come later are looked for among these too. */
  expect(outbox: readonly OutboxRow[]): void {
    for (const { event_id } of outbox) this.#expected.add(event_id);
  }

  count(head: Head): void {
    const count = this.#counts.get(textOf(head));
    if (count === undefined) this.#counts.set(textOf(head), { head, records: 1 });
    else count.records++;
  }

  recordsOf(head: Head): number {
    return this.#counts.get(textOf(head))?.records ?? 0;
  }

  /** Every account and Region that records name. */
  *heads(): Generator<Head> {
    for (const { head } of this.#counts.values()) yield head;
  }

  /** The rows of the outbox whose records the journal does not hold, as far as it has been read. */
  waiting(outbox: readonly OutboxRow[]): readonly OutboxRow[] {
    return outbox.filter(({ event_id }) => !this.#found.has(event_id));
  }
}

/** Whose head the record of an outbox row counts for. */
export function headOf({ record }: OutboxRow): Head | undefined {
  return readFacts(`[${record}]`)[0]?.head;
}

export function isSameHead(a: Head | undefined, b: Head): boolean {
  return a?.accountId === b.accountId && a.region === b.region;
}
