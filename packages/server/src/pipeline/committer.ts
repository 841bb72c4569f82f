import { internal } from '@keyhaven/api-model';
import type { Journal } from '../audit/journal.ts';
import type { OutboxTrimmer } from '../audit/outbox-trimmer.ts';
import { type AuditRecord, renderRecord } from '../audit/record.ts';
import type { Storage } from '../storage/port.ts';
import { type Change, CommitConflict, type CommitResult, type UnitOfWork } from '../storage/unit-of-work.ts';
import type { Alarm } from '../telemetry/alarm.ts';
import type { Acted, Fills } from './call.ts';

/** Keeps something that commits outdate. */
export interface Remembers {
  forget(changes: readonly Change[]): void;
}

/**
 * Commits what requests and jobs change, with the audit record in the same transaction,
 * and drops what the commit outdated before anyone is answered.
 */
export class Committer {
  readonly #storage: Storage;
  readonly #remembering: readonly Remembers[];
  readonly #journal: Journal;
  readonly #outbox: OutboxTrimmer;
  readonly #alarm: Alarm;
  readonly #removeCopies: () => Promise<void>;

  /** `removeCopies`: before anything is destroyed, removes copies of the store that still hold it. */
  constructor(
    storage: Storage,
    remembering: readonly Remembers[],
    audit: { readonly journal: Journal; readonly outbox: OutboxTrimmer },
    alarm: Alarm,
    removeCopies: () => Promise<void> = () => Promise.resolve(),
  ) {
    this.#storage = storage;
    this.#remembering = remembering;
    this.#journal = audit.journal;
    this.#outbox = audit.outbox;
    this.#alarm = alarm;
    this.#removeCopies = removeCopies;
  }

  /** The stage: nothing to do for a read. */
  commit(call: Fills<Acted, 'committed' | 'record'>): Promise<void> | undefined {
    if (call.operation.access === 'read') return undefined;
    const { outcome, caller } = call;
    const { eventId, record } = renderRecord(call, undefined);
    const unit = {
      head: { accountId: caller.accountId, region: caller.region },
      expect: outcome.expect ?? [],
      changes: outcome.changes ?? [],
    };
    return this.commitUnit(unit, { eventId, record }).then((sequence) => {
      call.record = record;
      call.committed = sequence;
    });
  }

  /** Commits what the service does by itself, and puts its record into the journal. */
  async commitService(unit: Omit<UnitOfWork, 'audit'>, event: AuditRecord): Promise<void> {
    this.#journal.assertWritable();
    const sequence = await this.commitUnit(unit, event);
    try {
      this.#journal.append([event.record]);
      this.#outbox.appended([sequence]);
    } catch {
      this.#outbox.notAppended([sequence]);
      this.#alarm.raise('journal unwritable', { reason: 'a service event waits in the outbox' });
    }
  }

  /** Answers the outbox sequence; throws CommitConflict, or KMSInternalException when nothing could be stored. */
  async commitUnit(unit: Omit<UnitOfWork, 'audit'>, audit: AuditRecord): Promise<number> {
    if (unit.destroys === true) await this.#removeCopies();
    const { segment, offset } = this.#journal.position;
    const result: CommitResult = await this.#storage.commit({
      ...unit,
      audit: { ...audit, journalSegment: segment, journalOffset: offset },
    });
    if (result.kind === 'conflict') throw new CommitConflict();
    if (result.kind === 'failed') {
      this.#alarm.raise('commit failed', { reason: result.reason });
      throw internal();
    }
    this.#outbox.committed(result.outboxSequence);
    this.forget(unit.changes);
    return result.outboxSequence;
  }

  /** Drops from every cache what a commit changed; for those who commit without a record of each change. */
  forget(changes: readonly Change[]): void {
    for (const cache of this.#remembering) cache.forget(changes);
  }
}
