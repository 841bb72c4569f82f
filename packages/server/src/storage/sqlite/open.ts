import { chmodSync, closeSync, existsSync, openSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { migrations } from '../migrations/index.ts';
import { StartRefusal } from '../../start-refusal.ts';
import { findSchemaDifference } from './schema.ts';

/**
 * How the one connection that writes is set up. FULL: a commit is on the disk before it is acknowledged.
 * secure_delete: destroyed key material is overwritten, not merely unlinked. temp_store: what a savepoint may have to
 * put back stays in memory; SQLite would spill the old pages, key material with them, to a file outside the folder.
 */
const writerPragmas = `
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA secure_delete = ON;
PRAGMA temp_store = MEMORY;
PRAGMA trusted_schema = OFF;
PRAGMA foreign_keys = ON;
`;

/** How long another program that has the database open may keep us from it, from the first statement on. */
const busyTimeoutMs = 5000;

export function openWriter(path: string): DatabaseSync {
  closeToOthers(path);
  const db = new DatabaseSync(path, { timeout: busyTimeoutMs });
  try {
    db.exec(writerPragmas);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

export function openReader(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { readOnly: true, timeout: busyTimeoutMs });
  db.exec('PRAGMA query_only = ON; PRAGMA trusted_schema = OFF;');
  return db;
}

/** Mode 0600, which SQLite then gives its write-ahead log too. The file is never opened here once SQLite may have it open. */
export function closeToOthers(path: string): void {
  if (process.platform === 'win32') return;
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
  for (const file of [path, `${path}-wal`, `${path}-shm`]) {
    const mode = statSync(file, { throwIfNoEntry: false })?.mode;
    if (mode !== undefined && (mode & 0o077) !== 0) chmodSync(file, 0o600);
  }
}

/** How many migrations this version has that the database lacks. Throws StartRefusal for one that is not to be used. */
export function countPendingMigrations(path: string): number {
  refuseMissing(path);
  return orUnreadable(path, () => {
    refuseUnknownSchema(path, false);
    const db = new DatabaseSync(path, { readOnly: true });
    try {
      return migrations.length - schemaVersion(db);
    } finally {
      db.close();
    }
  });
}

/**
 * Brings the database to this version's schema and checks that the file is whole, before anything reads it.
 * The truncating checkpoint finishes a destruction that a kill interrupted: no destroyed byte stays in the WAL.
 */
export function prepareDatabase(path: string, isNewInstallation: boolean): void {
  if (!isNewInstallation) refuseMissing(path);
  orUnreadable(path, () => {
    refuseUnknownSchema(path, isNewInstallation);
    const db = openWriter(path);
    try {
      migrate(db);
      refuseChangedSchema(db, path);
      truncateWal(db, path);
      refuseTruncatedFile(db, path);
    } finally {
      db.close();
    }
  });
}

function refuseMissing(path: string): void {
  if (existsSync(path) && statSync(path).size > 0) return;
  throw new StartRefusal(
    `The database ${path} is missing or empty, but this folder holds an installation.`,
    'Restore the database from a backup; starting without it would lose every key.',
  );
}

/** What SQLite says of a file that it cannot use, as a refusal. */
function orUnreadable<T>(path: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    if (error instanceof StartRefusal) throw error;
    throw new StartRefusal(
      `The database ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
      'If the file is damaged, restore it from a backup.',
    );
  }
}

/** Looks before anything is changed: a database of a newer version, or of another program, is left as it is. */
function refuseUnknownSchema(path: string, isNewInstallation: boolean): void {
  if (!existsSync(path) || statSync(path).size === 0) return;
  const db = new DatabaseSync(path, { timeout: busyTimeoutMs });
  try {
    const found = schemaVersion(db);
    if (found > migrations.length) {
      throw new StartRefusal(
        `The database ${path} was written by a newer version of Keyhaven (schema ${found}; this version knows ${migrations.length}).`,
        'Start the version that wrote it, or a newer one.',
      );
    }
    const objects = Number(db.prepare('SELECT COUNT(*) AS n FROM sqlite_schema').get()?.['n']);
    if (found === 0 && (objects > 0 || !isNewInstallation)) {
      throw new StartRefusal(
        `The database ${path} was not made by Keyhaven.`,
        'Restore the database from a backup, or name another folder with --data-dir.',
      );
    }
  } finally {
    db.close();
  }
}

function schemaVersion(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
}

function migrate(db: DatabaseSync): void {
  for (let next = schemaVersion(db); next < migrations.length; next++) {
    db.exec(`BEGIN IMMEDIATE; ${migrations[next] ?? ''} PRAGMA user_version = ${next + 1}; COMMIT;`);
  }
}

/** A trigger, a view or a changed table could alter what rows mean without touching one of them. */
function refuseChangedSchema(db: DatabaseSync, path: string): void {
  const difference = findSchemaDifference(db);
  if (difference === undefined) return;
  throw new StartRefusal(
    `The schema of the database ${path} was changed from outside: ${difference}.`,
    'Keep the folder for the inquiry and restore the database from a backup.',
  );
}

function truncateWal(db: DatabaseSync, path: string): void {
  if (Number(db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy']) === 0) return;
  throw new StartRefusal(
    `Another program has the database ${path} open and keeps its write-ahead log from being emptied.`,
    'Close that program: destroyed key material may still be in the log.',
  );
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
