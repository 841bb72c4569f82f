import { accessSync, chmodSync, constants, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { StartRefusal } from '../start-refusal.ts';
import { refuseOtherOwner } from './file-owner.ts';

/** What the keys are opened by and read from; SQLite takes over what it finds in the files beside the database. */
const mustBeOwned: ReadonlySet<string> = new Set([
  'seal.json',
  'file-seal.key',
  'keyhaven.db',
  'keyhaven.db-wal',
  'keyhaven.db-shm',
  'keyhaven.db-journal',
]);

/** Where a backup keeps the copies that it works with; what a kill left of one is removed at the next start. */
export const backupScratchName = 'backup-scratch';
/** Where a migration is rehearsed. */
export const migrationScratchName = 'migration-scratch';
/** A copy from before a migration: the database and the seal header of an older schema. */
export const migrationCopyName = /^before-migration-\d+-\d+-\d{8}T\d{6}\.\d{3}Z$/;
/** Stands in a folder from a restore's first step to its last: with it the folder holds no installation yet. */
export const restoringName = 'restoring';
/** A restore's seal header until everything else is in place. */
export const restoredHeaderName = 'seal.json.restored';

/** What may stand in a folder of ours. One of these names among others proves nothing: many programs have a `lock`. */
const ownNames: ReadonlySet<string> = new Set([
  ...mustBeOwned,
  'seal.json.new',
  'file-seal.key.new',
  'lock',
  'lock-journal',
  'owner.json',
  'owner.json.new',
  'journal',
  'security.log',
  'security.log.1',
  'admin.sock',
  'keyhaven.yaml',
  'tls-cert.pem',
  'tls-key.pem',
  'init-unfinished',
  'lost+found',
  backupScratchName,
  migrationScratchName,
  restoringName,
  `${restoringName}.new`,
  restoredHeaderName,
]);

/** Where an installation keeps what it keeps. */
export interface DataFolder {
  readonly path: string;
  readonly database: string;
  readonly sealHeader: string;
  readonly fileSeal: string;
  readonly journal: string;
  readonly securityLog: string;
}

/**
 * Makes the folder and what is missing above it, level by level: where a file system permits no folders (`/proc`),
 * the recursive form of `mkdirSync` never returns.
 */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent);
  mkdirSync(path, { mode: 0o700 });
}

/**
 * Opens the folder, made with mode 0700 if it is not there. One that others can read is closed to them if it is ours
 * or empty; changing the mode of a folder that holds other things (a home, `/tmp`) could break them.
 * Nothing in it is changed or read where it, or what everything rests on, is another user's, or where a restore into
 * it was cut short.
 */
export function openDataFolder(given: string, purpose: 'serve' | 'restore' = 'serve'): DataFolder {
  const path = resolve(given);
  if (purpose === 'serve') refuseUnfinishedRestore(path);
  let isOpenToOthers: boolean;
  let names: readonly string[];
  try {
    makeFolder(path);
    refuseOtherOwner(path);
    names = readdirSync(path);
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    isOpenToOthers = process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0;
    for (const name of names.filter((one) => mustBeOwned.has(one))) refuseOtherOwner(join(path, name));
    if (isOpenToOthers && isOurs(names)) chmodSync(path, 0o700);
  } catch (error) {
    if (error instanceof StartRefusal) throw error;
    throw new StartRefusal(
      `The data folder ${path} cannot be made or written: ${error instanceof Error ? error.message : String(error)}.`,
      'Make it writable for this user, or name another with --data-dir.',
    );
  }
  if (isOpenToOthers && !isOurs(names)) {
    throw new StartRefusal(
      `The data folder ${path} holds files of others and can be read by other users of this machine.`,
      'Name a folder of its own with --data-dir.',
    );
  }
  return pathsIn(path);
}

/** Where everything is, whether or not it is there. */
export function pathsIn(path: string): DataFolder {
  return {
    path,
    database: join(path, 'keyhaven.db'),
    sealHeader: join(path, 'seal.json'),
    fileSeal: join(path, 'file-seal.key'),
    journal: join(path, 'journal'),
    securityLog: join(path, 'security.log'),
  };
}

/** What stands in a folder and is not ours. */
export function foreignNames(path: string): readonly string[] {
  return readdirSync(path).filter((name) => !ownNames.has(name));
}

/** A folder that holds an installation, or nothing but what a first start makes before it, or a new file system. */
function isOurs(names: readonly string[]): boolean {
  return (
    names.includes('seal.json') || names.every((name) => ownNames.has(name) || migrationCopyName.test(name))
  );
}

/** Half a restore may look whole: without the destructions that it replays last, destroyed keys would be served. */
function refuseUnfinishedRestore(path: string): void {
  if (!existsSync(join(path, restoringName))) return;
  throw new StartRefusal(
    `A restore into the folder ${path} was cut short, so what it holds is not complete.`,
    'Run keyhaven restore into this folder again: it begins anew.',
  );
}
