import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { StartRefusal } from '../start-refusal.ts';
import { closeToOthers } from '../storage/sqlite/open.ts';
import { replaceFile } from '../durable-file.ts';

const watchEveryMs = 1000;

const ownerSchema = z.object({ pid: z.number(), startedAt: z.string() });

/**
 * One process owns a data folder. The lock is SQLite's exclusive file lock on a small file of its own:
 * the operating system drops it when the process dies, however it dies. It is a lock on the file, not on its name:
 * once the file is deleted or replaced, another process can lock the new one. So the name is watched.
 */
export class FolderLock {
  readonly #lock: DatabaseSync;
  readonly #path: string;
  /** The locked file. While it is open its inode is not given to another file, so no other can look like it. */
  readonly #identity: string;
  readonly #watch: NodeJS.Timeout;

  private constructor(lock: DatabaseSync, path: string, identity: string, onLost: (error: Error) => void) {
    this.#lock = lock;
    this.#path = path;
    this.#identity = identity;
    this.#watch = setInterval(() => {
      if (this.isStillHeld()) return;
      clearInterval(this.#watch);
      onLost(new Error(`the file ${path} was deleted or replaced, so another process can use the folder`));
    }, watchEveryMs);
    this.#watch.unref();
  }

  /**
   * Throws StartRefusal where another process holds the folder. `startedAt` is told to whoever is refused next.
   * `onLost` is told once, within about a second, that the lock no longer keeps others out: nothing may be
   * acknowledged from then on.
   */
  static take(folder: string, startedAt: string, onLost: (error: Error) => void): FolderLock {
    const path = join(folder, 'lock');
    const ownerPath = join(folder, 'owner.json');
    let lock: DatabaseSync | undefined;
    try {
      closeToOthers(path);
      const identity = findIdentity(path);
      lock = new DatabaseSync(path);
      lock.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
      // The same before and after: it is the file that SQLite opened in between.
      if (identity === undefined || findIdentity(path) !== identity)
        throw new Error('it was deleted or replaced meanwhile');
      replaceFile(ownerPath, `${JSON.stringify({ pid: process.pid, startedAt })}\n`);
      return new FolderLock(lock, path, identity, onLost);
    } catch (error) {
      lock?.close();
      throw refusalOf(error, folder, ownerPath);
    }
  }

  /** Whether the file of that name is still the locked one. One that cannot be looked at counts as lost. */
  isStillHeld(): boolean {
    return findIdentity(this.#path) === this.#identity;
  }

  release(): void {
    clearInterval(this.#watch);
    if (this.#lock.isOpen) this.#lock.close();
  }
}

/** Which file stands there. By its name only: to open and close it here would drop this process's lock on it (POSIX). */
function findIdentity(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

const sqliteBusy = 5;
const sqliteCorrupt = 11;
const sqliteNotADatabase = 26;

function refusalOf(error: unknown, folder: string, ownerPath: string): StartRefusal {
  const { errcode } = error as { readonly errcode?: number };
  if (errcode === sqliteBusy) {
    return new StartRefusal(
      `The data folder ${folder} is in use by ${describeOwner(ownerPath)}.`,
      'Stop that process first, or give this one another folder with --data-dir.',
    );
  }
  const isDamaged = errcode === sqliteCorrupt || errcode === sqliteNotADatabase;
  return new StartRefusal(
    `The data folder ${folder} cannot be locked: ${error instanceof Error ? error.message : String(error)}.`,
    isDamaged
      ? 'The file named lock in it is damaged. End every process that uses the folder; only then move that file away.'
      : 'Make room and make the folder writable for this user, and start it again.',
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
