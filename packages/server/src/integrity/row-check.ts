import { UnwrapError, type Secret } from '@keyhaven/crypto';
import type { Query } from '../storage/query.ts';
import type { Row, Table } from '../storage/table.ts';
import type { ExaminedStore } from './examined-store.ts';
import { printable, type Finding } from './finding.ts';

export type AnyRow = Row<Table>;

/** What is wrong with a row whose own MAC is right. */
export type Flaw = Pick<Finding, 'check' | 'text'> & {
  /** Where the flaw is not the row's own. */
  readonly about?: { readonly table: Table; readonly key: string };
};

/**
 * What must hold between the rows of one table and others. Asked twice where it finds something: first of rows that
 * were read one after the other, then of one snapshot.
 */
export interface RowCheck<T extends Table = Table> {
  readonly table: T;
  /** The rows that the row is judged by. */
  related(row: Row<T>): readonly Query[];
  judge(row: Row<T>, related: readonly (readonly AnyRow[])[], store: ExaminedStore): readonly Flaw[];
}

/** The primary key as findings spell it. */
export function keyText(table: Table, row: AnyRow): string {
  return printable(table.primaryKey.map((column) => String(row[column])).join(' / '));
}

/** Whether the secret opens; it is zeroised at once. `bytes`: how long it must be. */
export function opens(open: () => Secret, bytes?: number): boolean {
  try {
    using secret = open();
    return bytes === undefined || secret.length === bytes;
  } catch (error) {
    if (error instanceof UnwrapError) return false;
    throw error;
  }
}
