import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SnapshotOf, Storage } from '../port.ts';
import type { Query } from '../query.ts';
import type { CommitResult } from '../unit-of-work.ts';
import { openReader } from './open.ts';

/** A database that is looked at and not changed: nothing commits, nothing is migrated, and its log is left as it is. */
export class ReadOnlyStorage implements Storage {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(path: string) {
    this.#db = openReader(path);
  }

  snapshot<const Queries extends readonly Query[]>(...queries: Queries): SnapshotOf<Queries> {
    this.#db.exec('BEGIN');
    try {
      return queries.map((query) => this.#all(query)) as readonly unknown[] as SnapshotOf<Queries>;
    } finally {
      this.#db.exec('COMMIT');
    }
  }

  commit(): Promise<CommitResult> {
    return Promise.resolve({ kind: 'failed', reason: 'the database is open for reading only' });
  }

  trimOutbox(): void {
    // Nothing is forgotten here.
  }

  close(): Promise<void> {
    if (this.#db.isOpen) this.#db.close();
    return Promise.resolve();
  }

  #all(query: Query): unknown[] {
    let statement = this.#statements.get(query.sql);
    if (statement === undefined) {
      statement = this.#db.prepare(query.sql);
      this.#statements.set(query.sql, statement);
    }
    return statement.all(...query.params);
  }
}
