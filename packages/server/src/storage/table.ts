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
  /** Every column, as they are stored. */
  readonly columnNames: readonly string[];
  /** The columns of the table's first schema, in the order that the MAC covers. Never reorder: old rows would no longer verify. */
  readonly firstColumns: readonly string[];
  /** Columns that a migration added: nullable, and covered with their names where they are not null. */
  readonly laterColumns: readonly string[];
  /** The column that holds a secret wrapped under a domain key. */
  readonly wrappedColumn: string | undefined;
}

type NullableColumns = Record<string, Nullable<ColumnType>>;

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

type ColumnsOf = Record<string, Column>;
type KeyOf<Columns> = readonly (keyof Columns & string)[];

/** Declares a table; `later` are the columns that migrations added. */
export function table<const Columns extends ColumnsOf>(
  name: string,
  scope: IntegrityScope,
  primaryKey: KeyOf<Columns>,
  columns: Columns,
  extras?: { readonly wrappedColumn: string },
): Table<Columns>;
export function table<const Columns extends ColumnsOf, const Later extends NullableColumns>(
  name: string,
  scope: IntegrityScope,
  primaryKey: KeyOf<Columns>,
  columns: Columns,
  extras: { readonly later: Later; readonly wrappedColumn?: string },
): Table<Columns & Later>;
export function table(
  name: string,
  scope: IntegrityScope,
  primaryKey: readonly string[],
  columns: ColumnsOf,
  extras: { readonly later?: NullableColumns; readonly wrappedColumn?: string } = {},
): Table {
  const { later = {}, wrappedColumn } = extras;
  const firstColumns = Object.keys(columns);
  const laterColumns = Object.keys(later);
  return Object.freeze({
    name,
    scope,
    primaryKey,
    columns: { ...columns, ...later },
    columnNames: [...firstColumns, ...laterColumns],
    firstColumns,
    laterColumns,
    wrappedColumn,
  });
}
