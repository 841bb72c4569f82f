import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { UnwrapError } from '@keyhaven/crypto';
import type { Clock } from '../clock.ts';
import { type KeyStatus, Keyring, rootScope } from '../domain-keys/keyring.ts';
import { readSealHeader } from '../seal/seal-header.ts';
import { StartRefusal } from '../start-refusal.ts';
import type { Storage } from '../storage/port.ts';
import { select } from '../storage/query.ts';
import { RowProtector } from '../storage/row-protection.ts';
import { ReadOnlyStorage } from '../storage/sqlite/read-only-storage.ts';
import { domainKeyTable } from '../storage/tables.ts';
import { type DataFolder, pathsIn } from './data-folder.ts';
import { refuseOtherOwner } from './file-owner.ts';
import type { Unsealed } from './open-installation.ts';
import { type EnterSecrets, unsealHeader } from './unseal-folder.ts';

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
  if (!existsSync(folder.sealHeader)) {
    throw new StartRefusal(
      `The folder ${folder.path} holds no installation: there is no seal header in it.`,
      'Name the data folder with --data-dir; if seal.json was lost, restore it from a backup.',
    );
  }
  for (const path of [folder.path, folder.sealHeader, folder.database]) refuseOtherOwner(path);
  return folder;
}

/** Opens the seal of the folder. Nothing in it changes. */
export async function unsealFolder(folder: DataFolder, enter: EnterSecrets): Promise<Unsealed> {
  const header = readSealHeader(folder.sealHeader);
  if (header !== undefined) return unsealHeader(header, folder.path, enter);
  throw new StartRefusal(
    `The folder ${folder.path} has lost its seal header.`,
    'Restore seal.json from a backup: nothing in the database opens without it.',
  );
}

/** Whose installation the seal header on the disk names, and which root keys; undefined where it is missing. */
export function readSealedKeys({
  sealHeader,
}: DataFolder): { readonly installationId: string; readonly rootKeyIds: readonly string[] } | undefined {
  const header = readSealHeader(sealHeader);
  if (header === undefined) return undefined;
  return { installationId: header.installationId, rootKeyIds: header.rootKeys.map(({ id }) => id) };
}

/**
 * Opens the store for reading. A domain key that does not open is left out: whoever examines the rows tells of it.
 * `rootKeys` are taken over.
 */
export async function openReadOnly(
  folder: DataFolder,
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

function unwrapOrUndefined<T>(unwrap: () => T): T | undefined {
  try {
    return unwrap();
  } catch (error) {
    if (error instanceof UnwrapError) return undefined;
    throw error;
  }
}
