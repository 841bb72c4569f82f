import type { Row, SqlValue, Table } from './table.ts';

/**
 * A question to the store: one table, equal columns, an order, a page. This is all that Keyhaven asks,
 * so the SQL is made here, once for SQLite and PostgreSQL alike, and a row is always read whole:
 * its MAC covers every column.
 */
export interface Query<T extends Table = Table> {
  readonly table: T;
  readonly sql: string;
  readonly params: readonly SqlValue[];
}

/** The rows that answer a query. */
export type RowsOf<Q> = Q extends Query<infer T> ? readonly Row<T>[] : never;

interface Page {
  /** All rows in the order of their primary keys, from behind this key on (`undefined`: from the first). */
  readonly byKey?: { readonly after: readonly SqlValue[] | undefined };
  /** Rows that come after this value of `orderBy`: a cursor that concurrent changes cannot shift. */
  readonly after?: string;
  readonly orderBy?: string;
  readonly descending?: boolean;
  readonly limit?: number;
  /** How many rows are passed over, without reading them, before those of the limit. */
  readonly offset?: number;
  /** Rows whose column is a number not above the value (`null` never is). */
  readonly atMost?: { readonly column: string; readonly value: number };
}

export function select<T extends Table>(
  table: T,
  equal: Partial<Record<keyof T['columns'] & string, SqlValue>>,
  page: Page = {},
): Query<T> {
  const params: SqlValue[] = [];
  const conditions = [...equalConditions(equal, params), ...pageConditions(table, page, params)];
  let sql = `SELECT ${table.columnNames.join(', ')}, version, domain_key_id, mac FROM ${table.name}`;
  if (conditions.length > 0) sql += ` WHERE ${conditions.join(' AND ')}`;
  if (page.byKey !== undefined) sql += ` ORDER BY ${table.primaryKey.join(', ')}`;
  if (page.orderBy !== undefined)
    sql += ` ORDER BY ${page.orderBy}${page.descending === true ? ' DESC' : ''}`;
  if (page.limit !== undefined) {
    sql += ' LIMIT ?';
    params.push(page.limit);
  }
  if (page.offset !== undefined) {
    if (page.limit === undefined) throw new Error('a page that passes over rows needs a limit');
    sql += ' OFFSET ?';
    params.push(page.offset);
  }
  return { table, sql, params };
}

function equalConditions(
  equal: Readonly<Record<string, SqlValue | undefined>>,
  params: SqlValue[],
): readonly string[] {
  const conditions: string[] = [];
  for (const [column, value] of Object.entries(equal)) {
    if (value === undefined) continue;
    conditions.push(value === null ? `${column} IS NULL` : `${column} = ?`);
    if (value !== null) params.push(value);
  }
  return conditions;
}

function pageConditions(table: Table, page: Page, params: SqlValue[]): readonly string[] {
  const conditions: string[] = [];
  if (page.atMost !== undefined) {
    conditions.push(`${page.atMost.column} <= ?`);
    params.push(page.atMost.value);
  }
  if (page.after !== undefined) {
    if (page.orderBy === undefined) throw new Error('a page that goes on needs an order');
    conditions.push(`${page.orderBy} ${page.descending === true ? '<' : '>'} ?`);
    params.push(page.after);
  }
  if (page.byKey?.after !== undefined) {
    // Row values compare from left to right, in SQLite and in PostgreSQL.
    conditions.push(`(${table.primaryKey.join(', ')}) > (${table.primaryKey.map(() => '?').join(', ')})`);
    params.push(...page.byKey.after);
  }
  return conditions;
}

/** The first primary key behind another, and nothing else of its row: to get past a row that cannot be read. */
export function selectNextKey(table: Table, after: readonly SqlValue[] | undefined): Query {
  const columns = table.primaryKey.join(', ');
  const marks = table.primaryKey.map(() => '?').join(', ');
  const behind = after === undefined ? '' : ` WHERE (${columns}) > (${marks})`;
  return {
    table,
    sql: `SELECT ${columns} FROM ${table.name}${behind} ORDER BY ${columns} LIMIT 1`,
    params: after ?? [],
  };
}
