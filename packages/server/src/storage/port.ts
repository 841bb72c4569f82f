import type { Query, RowsOf } from './query.ts';
import type { CommitResult, UnitOfWork } from './unit-of-work.ts';

/** The rows that answer each query of a snapshot, in the queries' order. */
export type SnapshotOf<Queries extends readonly Query[]> = {
  readonly [I in keyof Queries]: RowsOf<Queries[I]>;
};

/**
 * What Keyhaven asks of a database. Adapters return rows as stored: they are verified by `IntegrityStorage`,
 * the only implementation that the rest of the server sees.
 */
export interface Storage {
  /** Answers all queries from one consistent snapshot; a value where the store answers at once (SQLite). */
  snapshot<const Queries extends readonly Query[]>(
    ...queries: Queries
  ): SnapshotOf<Queries> | Promise<SnapshotOf<Queries>>;

  /**
   * Commits durably before it resolves. `conflict`: a row that the unit rests on has changed; load again.
   * `failed`: nothing was changed and the store could not say why it should not work (disk full, ...).
   */
  commit(unit: UnitOfWork): Promise<CommitResult>;

  /** Forgets outbox rows up to and with this sequence: the journal holds them durably. */
  trimOutbox(upToSequence: number): void;

  close(): Promise<void>;
}

/**
 * The keys that rows are protected with, where they are written. What is told here holds for every unit that is handed
 * over afterwards.
 */
export interface WriterKeys {
  /** `key` is a copy and moves away. Only the current key of a scope protects what is written. */
  protect(scope: string, domainKeyId: string, key: Uint8Array<ArrayBuffer>, isCurrent: boolean): void;
  activate(domainKeyId: string): void;
  /** Forgets the key, and from now on answers `conflict` to a unit with a secret that is wrapped under it. */
  retire(domainKeyId: string): void;
}
