import { accessSync, chmodSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { StartRefusal } from '../start-refusal.ts';

/** Where an installation keeps what it keeps. */
export interface DataFolder {
  readonly path: string;
  readonly database: string;
  readonly sealHeader: string;
  readonly fileSeal: string;
  readonly journal: string;
  readonly securityLog: string;
}

/** Opens the folder, made with mode 0700 if it is not there; one that others can read is closed to them. */
export function openDataFolder(given: string): DataFolder {
  const path = resolve(given);
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    if (!statSync(path).isDirectory()) throw new Error('not a folder');
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o700);
  } catch {
    throw new StartRefusal(
      `The data folder ${path} cannot be made or written.`,
      'Make it writable for this user, or name another with --data-dir.',
    );
  }
  return {
    path,
    database: join(path, 'keyhaven.db'),
    sealHeader: join(path, 'seal.json'),
    fileSeal: join(path, 'file-seal.key'),
    journal: join(path, 'journal'),
    securityLog: join(path, 'security.log'),
  };
}

/** Whether the folder holds files, but no installation of ours. */
export function holdsDatabase(folder: DataFolder): boolean {
  return existsSync(folder.database) && statSync(folder.database).size > 0;
}
