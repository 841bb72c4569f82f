import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { StartRefusal } from '../start-refusal.ts';
import { closeToOthers } from '../storage/sqlite/open.ts';
import { replaceFile } from '../durable-file.ts';

const ownerSchema = z.object({ pid: z.number(), startedAt: z.string() });

/**
 * One process owns a data folder. The lock is SQLite's exclusive file lock on a small file of its own:
 * the operating system drops it when the process dies, however it dies.
 */
export class FolderLock {
  readonly #lock: DatabaseSync;

  private constructor(lock: DatabaseSync) {
    this.#lock = lock;
  }

  static take(folder: string, startedAt: string): FolderLock {
    const path = join(folder, 'lock');
    const ownerPath = join(folder, 'owner.json');
    let lock: DatabaseSync | undefined;
    try {
      closeToOthers(path);
      lock = new DatabaseSync(path);
      lock.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
      replaceFile(ownerPath, `${JSON.stringify({ pid: process.pid, startedAt })}\n`);
      return new FolderLock(lock);
    } catch (error) {
      lock?.close();
      throw refusalOf(error, folder, ownerPath);
    }
  }

  release(): void {
    this.#lock.close();
  }
}

const sqliteBusy = 5;

function refusalOf(error: unknown, folder: string, ownerPath: string): StartRefusal {
  const { errcode } = error as { readonly errcode?: number };
  if (errcode === sqliteBusy) {
    return new StartRefusal(
      `The data folder ${folder} is in use by ${describeOwner(ownerPath)}.`,
      'Stop that process first, or give this one another folder with --data-dir.',
    );
  }
  return new StartRefusal(
    `The data folder ${folder} cannot be locked: ${error instanceof Error ? error.message : String(error)}.`,
    'Make room and make the folder writable for this user; a damaged file named lock in it may be deleted.',
  );
}

function describeOwner(path: string): string {
  try {
    const owner = ownerSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    return `process ${owner.pid}, which started at ${owner.startedAt}`;
  } catch {
    return 'another process';
  }
}
