import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { UnwrapError } from '@keyhaven/crypto';
import type { Clock } from '../clock.ts';
import { type KeyStatus, Keyring, rootScope } from '../domain-keys/keyring.ts';
import { readSealHeader, type SealHeader } from '../seal/seal-header.ts';
import { StartRefusal } from '../start-refusal.ts';
import type { Storage } from '../storage/port.ts';
import { select } from '../storage/query.ts';
import { RowProtector } from '../storage/row-protection.ts';
import { ReadOnlyStorage } from '../storage/sqlite/read-only-storage.ts';
import { domainKeyTable } from '../storage/tables.ts';
import { type DataFolder, pathsIn } from './data-folder.ts';
import { refuseOtherOwner } from './file-owner.ts';
import type { Unsealed } from './open-installation.ts';
import { enterNothing, type EnterSecrets, unsealHeader } from './unseal-folder.ts';

/** A stopped installation that is looked at: nothing is repaired, migrated or made. */
export interface ReadOnlyInstallation {
  readonly installationId: string;
  readonly storage: Storage;
  readonly protector: RowProtector;
  readonly keyring: Keyring;
}

/**
 * The folder of a stopped installation. Refused where there is none, and where it is another user's: SQLite would make
 * files of this user beside the database, and the service would not start over them.
 */
export function findInstallation(dataDir: string): DataFolder {
  const folder = pathsIn(resolve(dataDir));
  if (!existsSync(folder.sealHeader)) throw noInstallation(folder.path);
  for (const path of [folder.path, folder.sealHeader, folder.database]) refuseOtherOwner(path);
  return folder;
}

/** Opens the folder's seal. The root keys are the caller's to dispose. Throws a SealRefusal where it does not open. */
export async function unsealFolder(
  folder: DataFolder,
  enter: EnterSecrets = enterNothing,
): Promise<Unsealed> {
  const header = readSealHeader(folder.sealHeader);
  if (header === undefined) throw noInstallation(folder.path);
  return unsealHeader(header, folder.path, enter);
}

/** What is wrong with the seal header on the disk, where another is in use; undefined where nothing is. */
export function sealHeaderProblem(folder: DataFolder, inUse: SealHeader): string | undefined {
  let header: SealHeader | undefined;
  try {
    header = readSealHeader(folder.sealHeader);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  if (header === undefined) return `The seal header ${folder.sealHeader} is missing.`;
  if (isDeepStrictEqual(header, inUse)) return undefined;
  return `The seal header ${folder.sealHeader} is not the one that this service has written or read last.`;
}

/**
 * Opens the store for reading. A domain key that does not open is left out: whoever examines the rows tells of it.
 * `rootKeys` are taken over.
 */
export async function openReadOnly(
  folder: Pick<DataFolder, 'database'>,
  { installationId, rootKeys }: Unsealed,
  clock: Clock,
): Promise<ReadOnlyInstallation> {
  const protector = new RowProtector();
  const keyring = new Keyring({ installationId, protector, writer: undefined, clock });
  for (const { id, status, key } of rootKeys) keyring.add(rootScope, id, key, status);
  let storage: ReadOnlyStorage | undefined;
  try {
    storage = new ReadOnlyStorage(folder.database);
    for (const { id, key_scope, wrapped, status } of storage.snapshot(select(domainKeyTable, {}))[0]) {
      const secret = unwrapOrUndefined(() =>
        keyring.unwrap(rootScope, keyring.domainKeyBinding(id, key_scope), wrapped),
      );
      if (secret !== undefined) keyring.add(key_scope, id, secret, status as KeyStatus);
    }
    return { installationId, storage, protector, keyring };
  } catch (error) {
    await storage?.close();
    keyring.dispose();
    throw error;
  }
}

function noInstallation(path: string): StartRefusal {
  return new StartRefusal(
    `The folder ${path} holds no installation: there is no seal header in it.`,
    'Name the data folder with --data-dir; if seal.json was lost, restore it from a backup.',
  );
}

function unwrapOrUndefined<T>(unwrap: () => T): T | undefined {
  try {
    return unwrap();
  } catch (error) {
    if (error instanceof UnwrapError) return undefined;
    throw error;
  }
}
