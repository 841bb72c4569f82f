/** What a column holds; the names are those of both SQLite and, with BLOB read as BYTEA, PostgreSQL. */
export type ColumnType = 'text' | 'integer' | 'blob';

type Nullable<T extends ColumnType> = `${T}?`;
export type Column = ColumnType | Nullable<ColumnType>;

interface ColumnValues {
  text: string;
  integer: number;
  blob: Uint8Array;
  'text?': string | null;
  'integer?': number | null;
  'blob?': Uint8Array | null;
}

export type SqlValue = string | number | Uint8Array | null;

/**
 * Whose domain key protects a table's rows: the Region's (named by the row's `region` column),
 * the one for identity data, or the root key (for what must be read before any domain key is open).
 */
export type IntegrityScope = 'region' | 'identity' | 'root';

export interface Table<Columns extends Record<string, Column> = Record<string, Column>> {
  readonly name: string;
  readonly scope: IntegrityScope;
  readonly primaryKey: readonly string[];
  readonly columns: Columns;
  /** Every column in the order that the row's MAC covers. Never reorder: old rows would no longer verify. */
  readonly columnNames: readonly string[];
}

/** The columns every protected row has beside its own: its version, the key that protects it, and its MAC. */
export interface RowProtection {
  readonly version: number;
  readonly domain_key_id: string;
  readonly mac: Uint8Array;
}

type ValuesOf<Columns extends Record<string, Column>> = {
  readonly [C in keyof Columns]: ColumnValues[Columns[C]];
};

/** A row's own columns, as they are written. */
export type NewRow<T> = T extends Table<infer Columns> ? ValuesOf<Columns> : never;
/** A row as it was read, its version with it. */
export type Row<T> = NewRow<T> & RowProtection;

export function table<const Columns extends Record<string, Column>>(
  name: string,
  scope: IntegrityScope,
  primaryKey: readonly (keyof Columns & string)[],
  columns: Columns,
): Table<Columns> {
  return Object.freeze({ name, scope, primaryKey, columns, columnNames: Object.keys(columns) });
}
