import { existsSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { migrations } from '../migrations/index.ts';
import { StartRefusal } from '../../start-refusal.ts';

/**
 * How the one connection that writes is set up. FULL: a commit is on the disk before it is acknowledged.
 * secure_delete: destroyed key material is overwritten, not merely unlinked.
 */
const writerPragmas = `
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA secure_delete = ON;
PRAGMA busy_timeout = 5000;
PRAGMA foreign_keys = ON;
`;

export function openWriter(path: string): DatabaseSync {
  const db = new DatabaseSync(path);
  db.exec(writerPragmas);
  return db;
}

export function openReader(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { readOnly: true });
  db.exec('PRAGMA busy_timeout = 5000; PRAGMA query_only = ON;');
  return db;
}

/**
 * Brings the database to this version's schema and checks that the file is whole, before anything reads it.
 * The truncating checkpoint finishes a destruction that a kill interrupted: no destroyed byte stays in the WAL.
 */
export function prepareDatabase(path: string, isNewInstallation: boolean): void {
  if (!isNewInstallation && (!existsSync(path) || statSync(path).size === 0)) {
    throw new StartRefusal(
      `The database ${path} is missing or empty, but this folder holds an installation.`,
      'Restore the database from a backup; starting without it would lose every key.',
    );
  }
  try {
    const db = openWriter(path);
    migrate(db, path);
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    refuseTruncatedFile(db, path);
    db.close();
  } catch (error) {
    if (error instanceof StartRefusal) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartRefusal(
      `The database ${path} cannot be read: ${reason}.`,
      'If the file is damaged, restore it from a backup.',
    );
  }
}

function migrate(db: DatabaseSync, path: string): void {
  const found = Number(db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
  if (found > migrations.length) {
    throw new StartRefusal(
      `The database ${path} was written by a newer version of Keyhaven (schema ${found}; this version knows ${migrations.length}).`,
      'Start the version that wrote it, or a newer one.',
    );
  }
  for (let next = found; next < migrations.length; next++) {
    db.exec(`BEGIN IMMEDIATE; ${migrations[next] ?? ''} PRAGMA user_version = ${next + 1}; COMMIT;`);
  }
}

/** After a full checkpoint the file holds exactly the pages that its header counts. */
function refuseTruncatedFile(db: DatabaseSync, path: string): void {
  const pages = Number(db.prepare('PRAGMA page_count').get()?.['page_count']);
  const pageSize = Number(db.prepare('PRAGMA page_size').get()?.['page_size']);
  const size = statSync(path).size;
  if (size < pages * pageSize) {
    throw new StartRefusal(
      `The database ${path} is truncated: it holds ${size} bytes, its header counts ${pages * pageSize}.`,
      'Restore the database from a backup.',
    );
  }
}

/** Whether a database has an installation in it; one that a first start left half made has not. */
export function holdsInstallation(path: string): boolean {
  const db = openReader(path);
  try {
    return db.prepare('SELECT 1 FROM installation').get() !== undefined;
  } catch {
    return false;
  } finally {
    db.close();
  }
}
