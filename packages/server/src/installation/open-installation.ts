import type { Clock } from '../clock.ts';
import { Keyring, identityScope, rootScope } from '../domain-keys/keyring.ts';
import type { RootKey } from '../seal/seal-header.ts';
import { StartRefusal } from '../start-refusal.ts';
import { IntegrityStorage } from '../storage/integrity-storage.ts';
import { select } from '../storage/query.ts';
import type { Storage } from '../storage/port.ts';
import { RowIntegrityError, RowProtector } from '../storage/row-protection.ts';
import { holdsRows } from '../storage/sqlite/holds-rows.ts';
import { SqliteStorage } from '../storage/sqlite/sqlite-storage.ts';
import type { Row } from '../storage/table.ts';
import {
  accountTable,
  auditOutboxTable,
  headTable,
  heartbeatTable,
  installationTable,
} from '../storage/tables.ts';
import { insert } from '../storage/unit-of-work.ts';
import { holdsJournal } from './create-seal.ts';
import type { DataFolder } from './data-folder.ts';

/** An installation that is unsealed and whose store can be trusted row by row. */
export interface OpenInstallation {
  readonly installationId: string;
  readonly storage: IntegrityStorage;
  readonly keyring: Keyring;
  readonly row: Row<typeof installationTable>;
  /** The rows unverified, and what verifies them: for examinations, which must not stop at the first bad row. */
  readonly asStored: { readonly storage: Storage; readonly protector: RowProtector };
}

/** What a seal gives when it is opened: whose installation it is, and its root keys. */
export interface Unsealed {
  readonly installationId: string;
  readonly rootKeys: readonly RootKey[];
}

/**
 * Opens the store of an installation whose seal is open; its first rows are made where there are none, and then say
 * what it is made for.
 */
export async function openInstallation(
  folder: DataFolder,
  { installationId, rootKeys }: Unsealed,
  clock: Clock,
  onWriterLost: (error: Error) => void,
  madeFor: 'production' | null = null,
): Promise<OpenInstallation> {
  const protector = new RowProtector();
  const sqlite = await SqliteStorage.open(folder.database, onWriterLost);
  const storage = new IntegrityStorage(sqlite, protector);
  const keyring = new Keyring({ installationId, protector, writer: sqlite, clock });
  for (const { id, status, key } of rootKeys) keyring.add(rootScope, id, key, status);
  try {
    refuseOtherInstallation(sqlite, installationId);
    await keyring.load(storage);
    const row = await openInstallationRow(folder, storage, { installationId, madeFor, now: clock.now() });
    await keyring.ensure(storage, identityScope);
    // Whatever everything rests on is verified before anything is served; keys are when they are used.
    await storage.snapshot(
      ...[headTable, accountTable, heartbeatTable, auditOutboxTable].map((table) => select(table, {})),
    );
    return { installationId, storage, keyring, row, asStored: { storage: sqlite, protector } };
  } catch (error) {
    await storage.close();
    keyring.dispose();
    throw asRefusal(error, folder);
  }
}

/** Before any row is verified: under another root key each of them would look changed. */
function refuseOtherInstallation(storage: SqliteStorage, installationId: string): void {
  const [[found]] = storage.snapshot(select(installationTable, {}));
  if (found === undefined || found.installation_id === installationId) return;
  throw new StartRefusal(
    'The database belongs to another installation than the seal header.',
    'Restore both from the same backup.',
  );
}

/** The row is the first that is written: where it is missing and anything else is there, it was taken away. */
async function openInstallationRow(
  folder: DataFolder,
  storage: IntegrityStorage,
  made: { readonly installationId: string; readonly madeFor: 'production' | null; readonly now: number },
): Promise<Row<typeof installationTable>> {
  const query = select(installationTable, { singleton: 'installation' });
  const [[found]] = await storage.snapshot(query);
  if (found !== undefined) return found;
  if (holdsRows(folder.database) || holdsJournal(folder)) {
    throw new StartRefusal(
      `The database ${folder.database} has lost its installation row: it was emptied or replaced.`,
      'Restore the database from a backup; starting without it would lose every key.',
    );
  }
  const row = {
    singleton: 'installation',
    installation_id: made.installationId,
    created_at: made.now,
    clock_offset_ms: 0,
    made_for: made.madeFor,
  };
  await storage.commit({
    head: undefined,
    expect: [],
    changes: [insert(installationTable, row)],
    audit: undefined,
  });
  const [[stored]] = await storage.snapshot(query);
  if (stored === undefined) throw new Error('the installation row could not be stored');
  return stored;
}

function asRefusal(error: unknown, folder: DataFolder): unknown {
  if (error instanceof RowIntegrityError) {
    return new StartRefusal(
      `The database was changed from outside: ${error.message}.`,
      'Keep the folder for the inquiry and restore the database from a backup.',
    );
  }
  if (error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR') {
    return new StartRefusal(
      `The database ${folder.database} cannot be read: ${error.message}.`,
      'If the file is damaged, restore it from a backup.',
    );
  }
  return error;
}
