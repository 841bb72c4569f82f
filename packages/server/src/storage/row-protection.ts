import { type DomainKey, encodeFields, type Field } from '@keyhaven/crypto';
import type { SqlValue, Table } from './table.ts';

type Values = Readonly<Record<string, SqlValue>>;

/** A stored row that is not what Keyhaven wrote there: edited, swapped, or under a key that is not ours. */
export class RowIntegrityError extends Error {
  readonly table: string;
  readonly key: string;

  constructor(table: Table, row: Values) {
    const key = table.primaryKey.map((column) => String(row[column])).join(' / ');
    super(`row ${key} of table ${table.name} fails its integrity check`);
    this.name = 'RowIntegrityError';
    this.table = table.name;
    this.key = key;
  }
}

/** Whose key protects the row: `root`, `identity` or `region/<Region>`. */
export function scopeOf(table: Table, row: Values): string {
  return table.scope === 'region' ? `region/${String(row['region'])}` : table.scope;
}

interface Protector {
  readonly id: string;
  readonly scope: string;
  readonly key: DomainKey;
}

/**
 * MACs rows and verifies them. A MAC covers the table, the version, the domain key's id and every column,
 * so a row cannot be edited, moved to another primary key or table, or given another row's values unseen.
 * Of a scope's keys one is current; the others verify what was written under them until nothing is left of it.
 */
export class RowProtector {
  readonly #byId = new Map<string, Protector>();
  readonly #current = new Map<string, Protector>();

  /** The key stays its owner's. */
  add(scope: string, id: string, key: DomainKey, isCurrent: boolean): void {
    this.#byId.set(id, { id, scope, key });
    if (isCurrent) this.activate(id);
  }

  /** New rows of the key's scope are written under it from now on. */
  activate(id: string): void {
    const protector = this.#byId.get(id);
    if (protector === undefined) throw new Error(`the domain key ${id} is not open`);
    this.#current.set(protector.scope, protector);
  }

  /** Rows under this key are refused from now on. */
  forget(id: string): void {
    const protector = this.#byId.get(id);
    this.#byId.delete(id);
    if (protector !== undefined && this.#current.get(protector.scope) === protector)
      this.#current.delete(protector.scope);
  }

  protect(table: Table, row: Values, version: number): { domainKeyId: string; mac: Uint8Array } {
    const scope = scopeOf(table, row);
    const protector = this.#current.get(scope);
    if (protector === undefined) throw new Error(`no domain key is open for ${scope}`);
    return {
      domainKeyId: protector.id,
      mac: protector.key.rowMac(covered(table, row, version, protector.id)),
    };
  }

  /** Throws RowIntegrityError unless the row is exactly as it was written. */
  verify(table: Table, row: Values): void {
    if (!this.isSound(table, row)) throw new RowIntegrityError(table, row);
  }

  /** Whether the row is exactly as it was written. */
  isSound(table: Table, row: Values): boolean {
    const id = row['domain_key_id'];
    const version = row['version'];
    const mac = row['mac'];
    const protector = typeof id === 'string' ? this.#byId.get(id) : undefined;
    if (
      protector?.scope !== scopeOf(table, row) ||
      typeof version !== 'number' ||
      !(mac instanceof Uint8Array)
    ) {
      return false;
    }
    let fields: Buffer;
    try {
      fields = covered(table, row, version, protector.id);
    } catch {
      // A value that Keyhaven cannot have written, such as an infinite number.
      return false;
    }
    return protector.key.verifyRowMac(fields, asBuffer(mac));
  }
}

function covered(table: Table, row: Values, version: number, domainKeyId: string): Buffer {
  const fields: Field[] = [table.name, version, domainKeyId];
  for (const column of table.firstColumns) fields.push(fieldOf(row[column]));
  // By name, because those that are null are left out: a row from before the column has the MAC that it always had.
  for (const column of table.laterColumns) {
    const value = fieldOf(row[column]);
    if (value !== null) fields.push(column, value);
  }
  return encodeFields(fields);
}

function fieldOf(value: SqlValue | undefined): Field {
  return value instanceof Uint8Array ? asBuffer(value) : (value ?? null);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
