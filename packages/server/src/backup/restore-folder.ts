import { existsSync, readdirSync, rmSync, rmdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { replaceFile, syncFolder } from '../durable-file.ts';
import {
  type DataFolder,
  openDataFolder,
  restoredHeaderName,
  restoringName,
} from '../installation/data-folder.ts';
import { FolderLock } from '../installation/folder-lock.ts';
import { BackupRefusal } from './backup-refusal.ts';
import { wipe } from './wipe.ts';

/** What a lock leaves in a folder. */
const lockNames: readonly string[] = ['lock', 'lock-journal', 'owner.json', 'owner.json.new'];

/** What a folder may hold that counts as empty: a new file system has the first, an operator may bring the second. */
const nothing: ReadonlySet<string> = new Set(['lost+found', 'keyhaven.yaml', ...lockNames]);

/** All that a restore may have put into a folder before a kill. */
const restored: readonly string[] = [
  'keyhaven.db',
  'keyhaven.db-wal',
  'keyhaven.db-shm',
  'keyhaven.db-journal',
  restoredHeaderName,
  'seal.json',
  'seal.json.new',
  'file-seal.key',
  'file-seal.key.new',
  'journal',
];

/**
 * The folder that is restored into. From before the first file to after the last one a marker stands in it, with which
 * no service starts; a restore into a folder with a marker begins anew.
 */
export class RestoreFolder {
  readonly folder: DataFolder;
  readonly #lock: FolderLock;
  readonly #wasThere: boolean;

  private constructor(folder: DataFolder, lock: FolderLock, wasThere: boolean) {
    this.folder = folder;
    this.#lock = lock;
    this.#wasThere = wasThere;
  }

  /** Takes the folder for this process. Throws StartRefusal unless it is absent, empty or half restored. */
  static async take(path: string, clock: Clock): Promise<RestoreFolder> {
    const wasThere = existsSync(path);
    if (wasThere) refuseForeign(path);
    const folder = openDataFolder(path, 'restore');
    const startedAt = new Date(clock.wallNow()).toISOString();
    // A restore lasts for seconds; who deletes the lock file meanwhile starts a service that the marker refuses.
    const lock = FolderLock.take(folder.path, startedAt, () => undefined);
    try {
      // Again, now that nobody else can put anything into it.
      refuseForeign(folder.path);
      replaceFile(join(folder.path, restoringName), `${JSON.stringify({ startedAt })}\n`);
      await clear(folder.path);
    } catch (error) {
      lock.release();
      throw error;
    }
    return new RestoreFolder(folder, lock, wasThere);
  }

  /** Where the seal header is until all else is in place. */
  get stagedHeader(): string {
    return join(this.folder.path, restoredHeaderName);
  }

  /** The last step: from here on the folder holds an installation. */
  finish(): void {
    syncFolder(this.folder.path);
    unlinkSync(join(this.folder.path, restoringName));
    syncFolder(this.folder.path);
    this.#lock.release();
  }

  /** Leaves the folder as it was found, for the next attempt. */
  async abandon(): Promise<void> {
    const { path } = this.folder;
    await clear(path);
    rmSync(join(path, restoringName), { force: true });
    this.#lock.release();
    if (this.#wasThere) return;
    for (const name of lockNames) rmSync(join(path, name), { force: true });
    rmdirSync(path);
  }
}

function refuseForeign(path: string): void {
  const names = readdirSync(path);
  if (names.includes(restoringName) || names.every((name) => nothing.has(name))) return;
  throw new BackupRefusal(
    `The folder ${path} is not empty, and a restore never writes over anything.`,
    'Name a folder that does not exist yet with --data-dir; move the old one away first.',
  );
}

async function clear(path: string): Promise<void> {
  for (const name of restored) await wipe(join(path, name));
}
