import { closeSync, copyFileSync, fsyncSync, mkdirSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { syncFolder } from '../durable-file.ts';
import { type DataFolder, migrationCopyName, migrationScratchName } from '../installation/data-folder.ts';
import { StartRefusal } from '../start-refusal.ts';
import { migrations } from '../storage/migrations/index.ts';
import { prepareDatabase } from '../storage/sqlite/open.ts';
import { inspectDatabase, readSchemaVersion, takeSnapshot } from '../storage/sqlite/snapshot.ts';
import { wipe } from './wipe.ts';

/** Throws unless every row of a database, which has been migrated, is as it was written and every key opens. */
export type VerifyDatabase = (database: string) => Promise<void>;

/** What was done before a migration. */
export interface RehearsedMigration {
  readonly from: number;
  readonly to: number;
  /** The folder with the copy of the older schema: `keyhaven.db` and `seal.json`. */
  readonly copy: string;
}

/**
 * Before the database of an older schema is migrated, and before anything else opens it: copies it and the seal header
 * into a folder of their own, and carries the migration out on a second copy, whose every row is then verified. Only when
 * that has succeeded may the real database be migrated. Answers undefined where there is nothing to migrate. Throws
 * StartRefusal; nothing has been changed then.
 */
export async function rehearseMigration(
  folder: DataFolder,
  verify: VerifyDatabase,
  clock: Pick<Clock, 'wallNow'>,
): Promise<RehearsedMigration | undefined> {
  const from = schemaVersionOf(folder);
  const to = migrations.length;
  if (from === 0 || from >= to) return undefined;
  // Of an attempt that failed or was killed nothing is needed: the database is still what it was.
  await sweep(folder, (name) => name.startsWith(`before-migration-${from}-${to}-`));
  const stamp = new Date(clock.wallNow()).toISOString().replaceAll(/[-:]/g, '');
  const copy = join(folder.path, `before-migration-${from}-${to}-${stamp}`);
  const scratch = join(folder.path, migrationScratchName);
  await wipe(scratch);
  try {
    copyStore(folder, copy);
    mkdirSync(scratch, { mode: 0o700 });
    const rehearsal = join(scratch, 'keyhaven.db');
    takeSnapshot(join(copy, 'keyhaven.db'), rehearsal);
    prepareDatabase(rehearsal, false);
    await verify(rehearsal);
  } catch (error) {
    await wipe(copy);
    throw asRefusal(error, from, to);
  } finally {
    await wipe(scratch);
  }
  return { from, to, copy };
}

/** 0 where the database is missing or none: there is nothing to rehearse, and its opening says what is wrong with it. */
function schemaVersionOf({ database }: DataFolder): number {
  try {
    return readSchemaVersion(database);
  } catch {
    return 0;
  }
}

/**
 * Removes every copy from before a migration, overwritten first. They hold what is destroyed now as it was then, so
 * whoever destroys key material calls this before that counts as done.
 */
export function sweepOldMigrationBackups(folder: Pick<DataFolder, 'path'>): Promise<void> {
  return sweep(folder, () => true);
}

async function sweep({ path }: Pick<DataFolder, 'path'>, isMeant: (name: string) => boolean): Promise<void> {
  const names = readdirSync(path).filter((name) => migrationCopyName.test(name) && isMeant(name));
  for (const name of names) await wipe(join(path, name));
  if (names.length > 0) syncFolder(path);
}

function copyStore(folder: DataFolder, to: string): void {
  mkdirSync(to, { mode: 0o700 });
  const database = join(to, 'keyhaven.db');
  takeSnapshot(folder.database, database);
  inspectDatabase(database);
  const header = join(to, 'seal.json');
  closeSync(openSync(header, 'wx', 0o600));
  copyFileSync(folder.sealHeader, header);
  for (const file of [database, header]) synchronise(file);
  syncFolder(to);
  syncFolder(folder.path);
}

function synchronise(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function asRefusal(error: unknown, from: number, to: number): StartRefusal {
  return new StartRefusal(
    `The migration of the database from schema ${from} to ${to} failed on a copy: ${error instanceof Error ? error.message : String(error)}`,
    'Nothing was changed. Start the version that ran here before, and report this; a full disk may be the cause.',
  );
}
