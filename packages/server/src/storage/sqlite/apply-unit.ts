import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { readWrappingKey } from '@keyhaven/crypto';
import { protectedTables } from '../tables.ts';
import type { SqlValue, Table } from '../table.ts';
import type { Change, ExpectedVersion } from '../unit-of-work.ts';

/** Seals a row: the domain key that protects it and the MAC over its table, version and every column. */
export type ProtectRow = (
  table: Table,
  row: Readonly<Record<string, SqlValue>>,
  version: number,
) => { readonly domainKeyId: string; readonly mac: Uint8Array };

/** The statements that a table's rows are written with; each carries the version it expects. */
interface Statements {
  readonly table: Table;
  readonly version: StatementSync;
  readonly insert: StatementSync;
  readonly update: StatementSync;
  readonly remove: StatementSync;
}

function prepare(db: DatabaseSync, table: Table): Statements {
  const byKey = table.primaryKey.map((column) => `${column} = ?`).join(' AND ');
  const columns = [...table.columnNames, 'version', 'domain_key_id', 'mac'];
  return {
    table,
    version: db.prepare(`SELECT version FROM ${table.name} WHERE ${byKey}`),
    insert: db.prepare(
      `INSERT INTO ${table.name} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')}) ON CONFLICT DO NOTHING`,
    ),
    update: db.prepare(
      `UPDATE ${table.name} SET ${columns.map((column) => `${column} = ?`).join(', ')} WHERE ${byKey} AND version = ?`,
    ),
    remove: db.prepare(`DELETE FROM ${table.name} WHERE ${byKey} AND version = ?`),
  };
}

/** Applies changes inside the caller's transaction; each answers false when another commit got there first. */
export class RowWriter {
  readonly #statements = new Map<string, Statements>();
  readonly #protect: ProtectRow;

  constructor(db: DatabaseSync, protect: ProtectRow) {
    for (const table of protectedTables) this.#statements.set(table.name, prepare(db, table));
    this.#protect = protect;
  }

  holds(expected: ExpectedVersion): boolean {
    return this.versionOf(expected.table, expected.key) === expected.version;
  }

  versionOf(tableName: string, key: readonly SqlValue[]): number {
    const found = this.#of(tableName).version.get(...key);
    return found === undefined ? 0 : Number(found['version']);
  }

  /** Whether the change would store a secret under one of these keys. */
  isWrappedUnder(change: Change, keyIds: ReadonlySet<string>): boolean {
    const { wrappedColumn } = this.#of(change.table).table;
    const wrapped = wrappedColumn === undefined ? undefined : change.row?.[wrappedColumn];
    if (keyIds.size === 0 || !(wrapped instanceof Uint8Array)) return false;
    const { wrappingKeyId } = readWrappingKey(wrapped);
    return wrappingKeyId !== undefined && keyIds.has(wrappingKeyId);
  }

  apply(change: Change): boolean {
    const statements = this.#of(change.table);
    if (change.row === undefined)
      return Number(statements.remove.run(...change.key, change.version).changes) === 1;
    const { table } = statements;
    const row = change.row;
    const version = change.version + 1;
    const { domainKeyId, mac } = this.#protect(table, row, version);
    const values = [...table.columnNames.map((column) => row[column] ?? null), version, domainKeyId, mac];
    const outcome =
      change.version === 0
        ? statements.insert.run(...values)
        : statements.update.run(...values, ...change.key, change.version);
    return Number(outcome.changes) === 1;
  }

  #of(tableName: string): Statements {
    const statements = this.#statements.get(tableName);
    if (statements === undefined) throw new Error(`no such table: ${tableName}`);
    return statements;
  }
}
