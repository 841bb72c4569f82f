import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { StartRefusal } from '../start-refusal.ts';
import { replaceFile } from './replace-file.ts';

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
    const lock = new DatabaseSync(join(folder, 'lock'));
    const ownerPath = join(folder, 'owner.json');
    try {
      lock.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    } catch {
      lock.close();
      throw new StartRefusal(
        `The data folder ${folder} is in use by ${describeOwner(ownerPath)}.`,
        'Stop that process first, or give this one another folder with --data-dir.',
      );
    }
    replaceFile(ownerPath, `${JSON.stringify({ pid: process.pid, startedAt })}\n`);
    return new FolderLock(lock);
  }

  release(): void {
    this.#lock.close();
  }
}

function describeOwner(path: string): string {
  try {
    const owner = ownerSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    return `process ${owner.pid}, which started at ${owner.startedAt}`;
  } catch {
    return 'another process';
  }
}
