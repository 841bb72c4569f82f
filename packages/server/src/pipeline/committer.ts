import { internal } from '@keyhaven/api-model';
import type { Journal } from '../audit/journal.ts';
import type { OutboxTrimmer } from '../audit/outbox-trimmer.ts';
import { type AuditRecord, changedAccountOf, renderRecord, renderRecordElsewhere } from '../audit/record.ts';
import type { Storage } from '../storage/port.ts';
import {
  type Change,
  CommitConflict,
  type CommitResult,
  type Head,
  type UnitOfWork,
} from '../storage/unit-of-work.ts';
import type { Alarm } from '../telemetry/alarm.ts';
import type { Acted, Fills } from './call.ts';

/** Keeps something that commits outdate. */
export interface Remembers {
  forget(changes: readonly Change[]): void;
}

/** Does what a commit makes due at once. */
export interface CommitObserver {
  committed(changes: readonly Change[]): void;
}

/** A unit without its records. */
export type ServiceUnit = Omit<UnitOfWork, 'audit' | 'elsewhere'>;

/** What a change of a multi-Region key is in another Region. */
export interface RecordedElsewhere {
  readonly head: Head;
  readonly audit: AuditRecord;
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
  readonly #observers: CommitObserver[] = [];

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

  /** From here on the observer hears what each unit changed, once that is committed and no longer cached. */
  observe(observer: CommitObserver): void {
    this.#observers.push(observer);
  }

  /** The stage: nothing to do for a read. */
  commit(call: Fills<Acted, 'committed' | 'records'>): Promise<void> | undefined {
    if (call.operation.access === 'read') return undefined;
    const { outcome, restsOn, caller } = call;
    const accountId = changedAccountOf(call);
    const audit = renderRecord(call, undefined);
    const elsewhere = (outcome.elsewhere ?? []).map((effect) => ({
      head: { accountId, region: effect.region },
      audit: renderRecordElsewhere(call, effect),
    }));
    const unit = {
      head: { accountId, region: caller.region },
      expect: [...restsOn, ...(outcome.expect ?? [])],
      changes: outcome.changes ?? [],
      destroys: outcome.destroys ?? false,
    };
    return this.commitUnit(unit, audit, elsewhere).then((sequences) => {
      call.records = [audit, ...elsewhere.map((other) => other.audit)].map(({ record }) => record);
      call.committed = sequences;
    });
  }

  /** Commits what the service does by itself, and puts its records into the journal. */
  async commitService(
    unit: ServiceUnit,
    event: AuditRecord,
    elsewhere: readonly RecordedElsewhere[] = [],
  ): Promise<void> {
    this.#journal.assertWritable();
    const sequences = await this.commitUnit(unit, event, elsewhere);
    try {
      this.#journal.append([event.record, ...elsewhere.map(({ audit }) => audit.record)]);
      this.#outbox.appended(sequences);
    } catch {
      this.#outbox.notAppended(sequences);
      this.#alarm.raise('journal unwritable', { reason: 'a service event waits in the outbox' });
    }
  }

  /** Answers the numbers of the records in the outbox; throws CommitConflict, or KMSInternalException when nothing could be stored. */
  async commitUnit(
    unit: ServiceUnit,
    audit: AuditRecord,
    elsewhere: readonly RecordedElsewhere[] = [],
  ): Promise<readonly number[]> {
    if (unit.destroys === true) await this.#removeCopies();
    const { segment, offset } = this.#journal.position;
    const outboxed = (event: AuditRecord) => ({ ...event, journalSegment: segment, journalOffset: offset });
    const result: CommitResult = await this.#storage.commit({
      ...unit,
      audit: outboxed(audit),
      elsewhere: elsewhere.map((other) => ({ head: other.head, audit: outboxed(other.audit) })),
    });
    if (result.kind === 'conflict') throw new CommitConflict();
    if (result.kind === 'failed') {
      this.#alarm.raise('commit failed', { reason: result.reason });
      throw internal();
    }
    this.#outbox.committed(result.outboxSequences);
    this.forget(unit.changes);
    for (const observer of this.#observers) observer.committed(unit.changes);
    return result.outboxSequences;
  }

  /** Drops from every cache what a commit changed; for those who commit without a record of each change. */
  forget(changes: readonly Change[]): void {
    for (const cache of this.#remembering) cache.forget(changes);
  }
}
