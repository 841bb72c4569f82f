import { DatabaseSync } from 'node:sqlite';
import { migrations } from '../migrations/index.ts';
import { protectedTables } from '../tables.ts';
import { closeToOthers } from './open.ts';
import { findSchemaDifference } from './schema.ts';

/**
 * Copies a database that may be in use into a new file of mode 0600: exactly what was committed when the copy began.
 * It is one read transaction on a connection of its own, so nobody waits for it but a destruction, which cannot empty
 * the write-ahead log meanwhile. VACUUM INTO leaves out free pages, and with them whatever they still hold.
 */
export function takeSnapshot(path: string, to: string): void {
  closeToOthers(to);
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    // The copy is not waited for: who needs it durable synchronises the file.
    db.exec(
      'PRAGMA busy_timeout = 5000; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; PRAGMA synchronous = OFF',
    );
    db.prepare('VACUUM INTO ?').run(to);
  } finally {
    db.close();
  }
}

/** The number of migrations that a database has had; 0 where there is none of Keyhaven's. */
export function readSchemaVersion(path: string): number {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return Number(db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
  } finally {
    db.close();
  }
}

/** A database file that is damaged, or whose schema is not one of ours; the message completes "the database". */
export class DatabaseFlaw extends Error {}

/** What a database that is whole holds. */
export interface DatabaseFacts {
  readonly schemaVersion: number;
  /** Rows by table. */
  readonly rows: Readonly<Record<string, number>>;
}

/**
 * Looks at every page of a database that nobody uses, and compares its schema with that of its version. Rows are only
 * counted: whether each is what Keyhaven wrote, their MACs say. Throws DatabaseFlaw.
 */
export function inspectDatabase(path: string): DatabaseFacts {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { readOnly: true });
    db.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON');
    return inspect(db);
  } catch (error) {
    if (error instanceof DatabaseFlaw) throw error;
    throw new DatabaseFlaw(`cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    db?.close();
  }
}

function inspect(db: DatabaseSync): DatabaseFacts {
  const [check] = db.prepare('PRAGMA integrity_check').all();
  if (check?.['integrity_check'] !== 'ok') {
    throw new DatabaseFlaw(`fails SQLite's integrity check: ${String(check?.['integrity_check'])}`);
  }
  const schemaVersion = Number(db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
  if (schemaVersion > migrations.length) {
    throw new DatabaseFlaw(
      `was written by a newer version of Keyhaven (schema ${schemaVersion}; this version knows ${migrations.length})`,
    );
  }
  const difference = findSchemaDifference(db, schemaVersion);
  if (difference !== undefined) throw new DatabaseFlaw(`does not have its version's schema: ${difference}`);
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  const present = new Set(tables.map(({ name }) => String(name)));
  const rows: Record<string, number> = {};
  for (const { name } of protectedTables.filter((table) => present.has(table.name)))
    rows[name] = Number(db.prepare(`SELECT COUNT(*) AS n FROM ${name}`).get()?.['n']);
  return { schemaVersion, rows };
}
