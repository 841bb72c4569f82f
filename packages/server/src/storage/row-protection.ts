import { DomainKey, Secret, encodeFields, type Field } from '@keyhaven/crypto';
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
 */
export class RowProtector {
  readonly #byId = new Map<string, Protector>();
  readonly #current = new Map<string, Protector>();

  /** `key` is zeroised. Exactly one key of a scope is current: new rows are written under it. */
  add(scope: string, id: string, key: Uint8Array, isCurrent: boolean): void {
    using secret = Secret.take(key);
    const protector = { id, scope, key: new DomainKey(secret) };
    this.#byId.set(id, protector);
    if (isCurrent) this.#current.set(scope, protector);
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
  for (const column of table.columnNames) {
    const value = row[column] ?? null;
    fields.push(value instanceof Uint8Array ? asBuffer(value) : value);
  }
  return encodeFields(fields);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
