import { existsSync } from 'node:fs';
import { DomainKey, Secret, randomHex, randomUuid } from '@keyhaven/crypto';
import { listSegments } from '../audit/segment.ts';
import type { SystemClock } from '../clock.ts';
import { Keyring, identityScope } from '../domain-keys/keyring.ts';
import { fileSeal } from '../seal/file-seal.ts';
import { openSeal as openSealIn } from '../seal/providers.ts';
import {
  composeHeader,
  openRootKeys,
  readSealHeader,
  type RootKey,
  writeSealHeader,
} from '../seal/seal-header.ts';
import { StartRefusal } from '../start-refusal.ts';
import { IntegrityStorage } from '../storage/integrity-storage.ts';
import { select } from '../storage/query.ts';
import { RowIntegrityError, RowProtector } from '../storage/row-protection.ts';
import { holdsRows } from '../storage/sqlite/holds-rows.ts';
import { prepareDatabase } from '../storage/sqlite/open.ts';
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
import type { DataFolder } from './data-folder.ts';

/** An installation that is unsealed and whose store can be trusted row by row. */
export interface OpenInstallation {
  readonly installationId: string;
  readonly storage: IntegrityStorage;
  readonly keyring: Keyring;
  readonly row: Row<typeof installationTable>;
}

/** Opens the installation in the folder, made first if the folder holds none. */
export async function openInstallation(
  folder: DataFolder,
  clock: SystemClock,
  onWriterLost: (error: Error) => void,
): Promise<OpenInstallation> {
  const { installationId, rootKeyId, rootKey } = await openSeal(folder);
  const protector = new RowProtector();
  const rootCopies = rootKey.use((bytes) => [Uint8Array.from(bytes), Uint8Array.from(bytes)] as const);
  protector.add('root', rootKeyId, rootCopies[0], true);

  const sqlite = await SqliteStorage.open(folder.database, onWriterLost);
  sqlite.protectWith('root', rootKeyId, rootCopies[1]);
  const storage = new IntegrityStorage(sqlite, protector);
  const root = { key: new DomainKey(rootKey), id: rootKeyId, installationId };
  rootKey.dispose();
  const share = (scope: string, id: string, key: Uint8Array<ArrayBuffer>) => {
    sqlite.protectWith(scope, id, key);
  };
  const keyring = new Keyring(root, protector, share, clock);
  try {
    refuseOtherInstallation(sqlite, installationId);
    await keyring.load(storage);
    const row = await openInstallationRow(folder, storage, installationId, clock);
    await keyring.ensure(storage, identityScope);
    // Whatever everything rests on is verified before anything is served; keys are when they are used.
    await storage.snapshot(
      ...[headTable, accountTable, heartbeatTable, auditOutboxTable].map((table) => select(table, {})),
    );
    return { installationId, storage, keyring, row };
  } catch (error) {
    await storage.close();
    throw asRefusal(error, folder);
  }
}

interface OpenSeal {
  readonly installationId: string;
  readonly rootKeyId: string;
  readonly rootKey: Secret;
}

/** A new installation's seal key is written first and its header last: a start that was cut short begins again. */
async function openSeal(folder: DataFolder): Promise<OpenSeal> {
  const header = readSealHeader(folder.sealHeader);
  const place = { installationId: header?.installationId ?? randomUuid(), dataFolder: folder.path };
  if (header !== undefined) {
    prepareDatabase(folder.database, false);
    using sealingKey = await openSealIn(header.seal, place);
    return currentOf(header.installationId, openRootKeys(header, sealingKey));
  }
  refuseLostHeader(folder);
  using sealingKey = existsSync(folder.fileSeal)
    ? await fileSeal.open({}, place)
    : (await fileSeal.create(place)).sealingKey;
  prepareDatabase(folder.database, true);
  const rootKey = { id: randomHex(16), status: 'current', key: Secret.random(32) } as const;
  const seal = { kind: 'file', parameters: {} } as const;
  const { installationId } = place;
  writeSealHeader(
    folder.sealHeader,
    composeHeader({ installationId, seal, sealingKey, rootKeys: [rootKey] }),
  );
  return currentOf(installationId, [rootKey]);
}

function currentOf(installationId: string, rootKeys: readonly RootKey[]): OpenSeal {
  const current = rootKeys.find(({ status }) => status === 'current');
  if (current === undefined) throw new Error('the seal header has no current root key');
  for (const other of rootKeys) if (other !== current) other.key.dispose();
  return { installationId, rootKeyId: current.id, rootKey: current.key };
}

/** A new root key is made only where nothing can rest on an older one. */
function refuseLostHeader(folder: DataFolder): void {
  let found: string | undefined;
  try {
    if (holdsRows(folder.database)) found = 'a database';
    else if (holdsJournal(folder)) found = 'a journal';
  } catch {
    found = 'a database that cannot be read';
  }
  if (found === undefined) return;
  throw new StartRefusal(
    `The folder ${folder.path} holds ${found} but no seal header.`,
    'Restore seal.json from a backup: nothing in the database opens without it.',
  );
}

function holdsJournal(folder: DataFolder): boolean {
  return existsSync(folder.journal) && listSegments(folder.journal).length > 0;
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
  installationId: string,
  clock: SystemClock,
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
    installation_id: installationId,
    created_at: clock.now(),
    clock_offset_ms: 0,
  };
  await storage.commit({
    head: undefined,
    expect: [],
    changes: [insert(installationTable, row)],
    audit: undefined,
  });
  const [[made]] = await storage.snapshot(query);
  if (made === undefined) throw new Error('the installation row could not be stored');
  return made;
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
