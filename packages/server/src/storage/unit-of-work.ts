import type { NewRow, Row, SqlValue, Table } from './table.ts';

/** A row that a change rests on: the commit fails unless it still has this version (0: still absent). */
export interface ExpectedVersion {
  readonly table: string;
  readonly key: readonly SqlValue[];
  readonly version: number;
}

/** One row to insert (`version` 0), to overwrite, or (`row` undefined) to delete. */
export interface Change extends ExpectedVersion {
  readonly row: Readonly<Record<string, SqlValue>> | undefined;
}

/** An account's use of one Region, whose commits are counted. */
export interface Head {
  readonly accountId: string;
  readonly region: string;
}

/** Everything that one request or job changes: all of it happens, with its audit record, or nothing. */
export interface UnitOfWork {
  /** Whose head counts this commit; undefined for changes above any Region. */
  readonly head: Head | undefined;
  readonly expect: readonly ExpectedVersion[];
  readonly changes: readonly Change[];
  readonly audit: OutboxRecord | undefined;
  /** What the same change is in other Regions (multi-Region keys): each counts there and has its record there. */
  readonly elsewhere?: readonly { readonly head: Head; readonly audit: OutboxRecord }[];
  /** Destroys material: the WAL is truncated before the commit is reported, so that no copy stays in it. */
  readonly destroys?: boolean;
}

export interface OutboxRecord {
  readonly eventId: string;
  readonly record: string;
  /** Where the journal ended when the change was submitted. */
  readonly journalSegment: number;
  readonly journalOffset: number;
}

export type CommitResult =
  | {
      readonly kind: 'committed';
      /** The numbers of the unit's records in the outbox, its own first. */
      readonly outboxSequences: readonly number[];
    }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'failed'; readonly reason: string };

type Values = Readonly<Record<string, SqlValue>>;

export function keyOf(table: Table, row: Values): SqlValue[] {
  return table.primaryKey.map((column) => row[column] ?? null);
}

export function insert<T extends Table>(table: T, row: NewRow<T>): Change {
  return { table: table.name, key: keyOf(table, row), version: 0, row: row };
}

/** Overwrites a row that was read, on the condition that nobody changed it since. */
export function update<T extends Table>(table: T, row: Row<T>, changes: Partial<NewRow<T>>): Change {
  const old = row as Values & Row<T>;
  return {
    table: table.name,
    key: keyOf(table, old),
    version: old.version,
    row: { ...old, ...(changes as Values) },
  };
}

export function remove<T extends Table>(table: T, row: Row<T>): Change {
  const old = row as Values & Row<T>;
  return { table: table.name, key: keyOf(table, old), version: old.version, row: undefined };
}

/** A row that was read, on the condition that nobody changed or removed it since. */
export function unchanged<T extends Table>(table: T, row: Row<T>): ExpectedVersion {
  const old = row as Values & Row<T>;
  return { table: table.name, key: keyOf(table, old), version: old.version };
}

export function absent(table: Table, key: readonly SqlValue[]): ExpectedVersion {
  return { table: table.name, key, version: 0 };
}

/** What a write rests on has changed since it was read: the pipeline starts it again at `load`. */
export class CommitConflict extends Error {}
