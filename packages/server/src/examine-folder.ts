import { runSelfTests } from '@keyhaven/crypto';
import { Accounts } from './accounts/accounts.ts';
import { SystemClock } from './clock.ts';
import { FolderLock } from './installation/folder-lock.ts';
import type { DataFolder } from './installation/data-folder.ts';
import type { Unsealed } from './installation/open-installation.ts';
import { findInstallation, openReadOnly, unsealFolder } from './installation/open-read-only.ts';
import type { EnterSecrets } from './installation/unseal-folder.ts';
import { type DatabaseCheck, type DoctorProgress, type DoctorReport, examine } from './integrity/doctor.ts';
import { secretOpeners } from './integrity/secret-openers.ts';
import type { ExaminedStore } from './integrity/examined-store.ts';
import { SoftwareKeyStore } from './key-stores/software-key-store.ts';
import { select } from './storage/query.ts';
import { checkDatabase } from './storage/sqlite/check-database.ts';
import { installationTable } from './storage/tables.ts';

export interface FolderToExamine {
  readonly dataDir: string;
  /** Asks for what the seal needs; a seal that needs anything is refused without it. */
  readonly enter?: EnterSecrets;
}

/**
 * Examines the data folder of a service that does not run, and lets nobody else use it meanwhile. It repairs and
 * migrates nothing; only the lock and SQLite's files beside the database are touched. Throws StartRefusal where there
 * is nothing to examine, where the folder is in use, and where the seal does not open.
 */
export async function examineFolder(
  { dataDir, enter }: FolderToExamine,
  onProgress: (progress: DoctorProgress) => void,
): Promise<DoctorReport> {
  runSelfTests();
  const folder = findInstallation(dataDir);
  const clock = new SystemClock();
  await using opened = new AsyncDisposableStack();
  const startedAt = new Date(clock.wallNow()).toISOString();
  opened.adopt(
    FolderLock.take(folder.path, startedAt, () => undefined),
    (held) => {
      held.release();
    },
  );
  const { installationId, rootKeys } = await unsealFolder(folder, enter);
  for (const { key } of rootKeys)
    opened.adopt(key, () => {
      key.dispose();
    });
  const database = await checkDatabase(folder.database);
  const { store, problem } = await openStore(folder, { installationId, rootKeys }, database, clock, opened);
  const problems = problem === undefined ? database.problems : [...database.problems, problem];
  const parts = {
    folder,
    installationId,
    store,
    clock,
    journalPosition: undefined,
    checkDatabase: () => Promise.resolve({ ...database, problems }),
    // It has just opened.
    sealHeaderProblem: () => undefined,
  };
  return await examine(parts, onProgress);
}

/** A store that cannot be opened is a problem to report, and no reason to leave the rest unexamined. */
async function openStore(
  folder: DataFolder,
  unsealed: Unsealed,
  { schema }: DatabaseCheck,
  clock: SystemClock,
  opened: AsyncDisposableStack,
): Promise<{ readonly store: ExaminedStore | undefined; readonly problem?: string }> {
  if (schema.found !== schema.known) return { store: undefined };
  try {
    const { storage, keyring, protector, installationId } = await openReadOnly(folder, unsealed, clock);
    opened.defer(async () => {
      keyring.dispose();
      await storage.close();
    });
    const [[row]] = await storage.snapshot(select(installationTable, { singleton: 'installation' }));
    clock.advance(row?.clock_offset_ms ?? 0);
    const keyStore = new SoftwareKeyStore(keyring, installationId);
    const accounts = new Accounts(storage, keyring);
    const openers = secretOpeners(keyStore, accounts);
    return { store: { installationId, storage, protector, keyring, openers } };
  } catch (error) {
    return { store: undefined, problem: error instanceof Error ? error.message : String(error) };
  }
}
