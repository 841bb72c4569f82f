import { parentPort, workerData } from 'node:worker_threads';
import type { DatabaseSync } from 'node:sqlite';
import { DomainKey, Secret } from '@keyhaven/crypto';
import { auditOutboxTable, headTable } from '../tables.ts';
import type { CommitResult, UnitOfWork } from '../unit-of-work.ts';
import { RowProtector } from '../row-protection.ts';
import { RowWriter } from './apply-unit.ts';
import { openWriter } from './open.ts';
import type { FromWriter, ToWriter } from './writer-messages.ts';

/** Each waits for `busy_timeout`: another program that reads the database has ten seconds to let go. */
const mostTruncations = 2;

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * The writer thread: the only place that changes the database. It commits every unit that has come since its
 * last commit in one transaction, so that one fsync serves them all and no event loop ever waits for it.
 */
class Writer {
  readonly #db: DatabaseSync;
  readonly #rows: RowWriter;
  readonly #protector = new RowProtector();
  readonly #keys = new Map<string, DomainKey>();
  readonly #retired = new Set<string>();
  #outboxSequence: number;
  #trimTo = 0;

  constructor(path: string) {
    this.#db = openWriter(path);
    this.#rows = new RowWriter(this.#db, (table, row, version) =>
      this.#protector.protect(table, row, version),
    );
    this.#outboxSequence = Number(
      this.#db.prepare('SELECT COALESCE(MAX(sequence), 0) AS last FROM audit_outbox').get()?.['last'],
    );
  }

  /** `key` is zeroised. */
  protect(scope: string, domainKeyId: string, key: Uint8Array, isCurrent: boolean): void {
    using secret = Secret.take(key);
    const domainKey = new DomainKey(secret);
    this.#keys.set(domainKeyId, domainKey);
    this.#protector.add(scope, domainKeyId, domainKey, isCurrent);
  }

  activate(domainKeyId: string): void {
    this.#protector.activate(domainKeyId);
  }

  retire(domainKeyId: string): void {
    this.#retired.add(domainKeyId);
    this.#protector.forget(domainKeyId);
    this.#keys.get(domainKeyId)?.dispose();
    this.#keys.delete(domainKeyId);
  }

  trim(upToSequence: number): void {
    this.#trimTo = Math.max(this.#trimTo, upToSequence);
  }

  commit(units: readonly UnitOfWork[]): readonly CommitResult[] {
    const results = this.#commitTogether(units);
    // A failure here ends the process: the commit stands, and the next start truncates before it serves.
    if (units.some((unit) => unit.destroys === true)) this.#truncateWal();
    return results;
  }

  #commitTogether(units: readonly UnitOfWork[]): readonly CommitResult[] {
    const sequenceBefore = this.#outboxSequence;
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      const results = units.map((unit) => this.#commitOne(unit));
      if (this.#trimTo > 0)
        this.#db.prepare('DELETE FROM audit_outbox WHERE sequence <= ?').run(this.#trimTo);
      this.#db.exec('COMMIT');
      this.#trimTo = 0;
      return results;
    } catch (error) {
      this.#outboxSequence = sequenceBefore;
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      const reason = reasonOf(error);
      return units.map(() => ({ kind: 'failed', reason }));
    }
  }

  /** What is waiting is trimmed, and no key stays in this thread's memory. */
  close(): void {
    this.commit([]);
    this.#db.close();
    for (const key of this.#keys.values()) key.dispose();
  }

  /** A unit that cannot be stored fails alone: those that share its transaction are not its business. */
  #commitOne(unit: UnitOfWork): CommitResult {
    const sequenceBefore = this.#outboxSequence;
    this.#db.exec('SAVEPOINT unit');
    let result: CommitResult;
    try {
      if (this.#apply(unit)) {
        this.#db.exec('RELEASE unit');
        const count = this.#outboxSequence - sequenceBefore;
        return {
          kind: 'committed',
          outboxSequences: Array.from({ length: count }, (_, index) => sequenceBefore + 1 + index),
        };
      }
      result = { kind: 'conflict' };
    } catch (error) {
      // SQLite itself has rolled back (disk full, I/O error): the whole batch has failed.
      if (!this.#db.isTransaction) throw error;
      result = { kind: 'failed', reason: reasonOf(error) };
    }
    this.#outboxSequence = sequenceBefore;
    this.#db.exec('ROLLBACK TO unit; RELEASE unit');
    return result;
  }

  #apply(unit: UnitOfWork): boolean {
    return (
      !unit.changes.some((change) => this.#rows.isWrappedUnder(change, this.#retired)) &&
      unit.expect.every((expected) => this.#rows.holds(expected)) &&
      unit.changes.every((change) => this.#rows.apply(change)) &&
      this.#raiseHead(unit.head) &&
      this.#recordAudit(unit.audit) &&
      (unit.elsewhere ?? []).every(({ head, audit }) => this.#raiseHead(head) && this.#recordAudit(audit))
    );
  }

  /** The commit number is made here, under the write lock, so that it has no gaps. */
  #raiseHead(head: UnitOfWork['head']): boolean {
    if (head === undefined) return true;
    const { accountId, region } = head;
    const key = [accountId, region];
    const version = this.#rows.versionOf(headTable.name, key);
    const row = { account_id: accountId, region, commit_number: version + 1 };
    return this.#rows.apply({ table: headTable.name, key, version, row });
  }

  #recordAudit(audit: UnitOfWork['audit']): boolean {
    if (audit === undefined) return true;
    const sequence = ++this.#outboxSequence;
    const { eventId, journalSegment, journalOffset, record } = audit;
    const row = {
      sequence,
      event_id: eventId,
      journal_segment: journalSegment,
      journal_offset: journalOffset,
      record,
    };
    return this.#rows.apply({ table: auditOutboxTable.name, key: [sequence], version: 0, row });
  }

  /** A reader that holds an old snapshot makes SQLite wait, then answer busy; readers here are done within a turn. */
  #truncateWal(): void {
    for (let attempt = 0; attempt < mostTruncations; attempt++) {
      if (Number(this.#db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy']) === 0) return;
    }
    throw new Error('the write-ahead log could not be truncated after a destruction');
  }
}

const port = parentPort;
if (port === null) throw new Error('writer.ts runs as a worker thread');
const answer = (message: FromWriter) => {
  port.postMessage(message);
};
const writer = new Writer((workerData as { readonly path: string }).path);

port.on('message', (message: ToWriter) => {
  switch (message.kind) {
    case 'protect':
      writer.protect(message.scope, message.domainKeyId, message.key, message.isCurrent);
      return;
    case 'activate':
      writer.activate(message.domainKeyId);
      return;
    case 'retire':
      writer.retire(message.domainKeyId);
      return;
    case 'commit':
      answer({ kind: 'results', results: writer.commit(message.units) });
      return;
    case 'trim':
      writer.trim(message.upToSequence);
      return;
    case 'close':
      writer.close();
      answer({ kind: 'closed' });
      port.close();
      return;
  }
});
answer({ kind: 'ready' });
