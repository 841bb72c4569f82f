import { readFileSync } from 'node:fs';
import { DomainKey } from '@keyhaven/crypto';
import type { Clock } from '../clock.ts';
import { replaceFile } from '../durable-file.ts';
import type { DataFolder } from '../installation/data-folder.ts';
import { type OpenInstallation, openInstallation, type Unsealed } from '../installation/open-installation.ts';
import { enterNothing, type EnterSecrets, unsealHeader } from '../installation/unseal-folder.ts';
import { readSealHeader } from '../seal/seal-header.ts';
import { prepareDatabase } from '../storage/sqlite/open.ts';
import { BackupRefusal } from './backup-refusal.ts';
import { isManifestGenuine } from './manifest.ts';
import type { ManifestTexts } from './archive.ts';
import { assertSound } from './verify-store.ts';

/** How the seal of a restored installation is opened. */
export interface SealOpening {
  /** The `file-seal.key` of the installation that was backed up, where its seal is a file. */
  readonly keyFile?: string;
  /** Asked where the seal needs a person, once the backup has told what it needs. The secrets move here. */
  readonly enter?: EnterSecrets;
}

/**
 * Opens the root keys that the restored header holds, and puts into the folder what the seal needs beside the header.
 * Throws StartRefusal where they do not open.
 */
export async function unsealRestored(
  stagedHeader: string,
  folder: DataFolder,
  opening: SealOpening,
): Promise<Unsealed> {
  const header = readSealHeader(stagedHeader);
  if (header === undefined) throw new Error('the restored seal header has vanished');
  if (header.seal.kind === 'file') placeKeyFile(opening.keyFile, folder);
  return unsealHeader(header, folder.path, opening.enter ?? enterNothing);
}

function placeKeyFile(keyFile: string | undefined, { fileSeal }: DataFolder): void {
  if (keyFile === undefined) {
    throw new BackupRefusal(
      'The installation was sealed by a file, which is in no backup.',
      'Give its file-seal.key with --seal-key-file.',
    );
  }
  replaceFile(fileSeal, readFileSync(keyFile, 'latin1'));
}

/**
 * Throws BackupRefusal unless the installation whose root keys these are made the manifest, and with it everything that
 * the manifest names.
 */
export function refuseForgedManifest(
  { installationId, rootKeys }: Unsealed,
  { manifest, mac }: ManifestTexts,
  claimedId: string,
): void {
  const opened = rootKeys.map(({ id, key }) => ({ id, key: new DomainKey(key) }));
  try {
    if (installationId === claimedId && isManifestGenuine(manifest, mac, opened)) return;
  } finally {
    for (const { key } of opened) key.dispose();
  }
  throw new BackupRefusal(
    'The backup was not made by the installation that its seal header belongs to: its manifest or its seal header was exchanged.',
    'Do not trust this file; take another backup.',
  );
}

/**
 * Brings the restored database to this version's schema, opens it and verifies every row of it. The root keys move to
 * whoever gets the store.
 */
export async function openRestoredStore(
  folder: DataFolder,
  unsealed: Unsealed,
  clock: Clock,
  onWriterLost: (error: Error) => void,
): Promise<OpenInstallation> {
  prepareDatabase(folder.database, false);
  const store = await openInstallation(folder, unsealed, clock, onWriterLost);
  try {
    await assertSound({ ...store, ...store.asStored }, clock);
    return store;
  } catch (error) {
    await closeStore(store);
    throw error;
  }
}

/** The database file alone is the whole store afterwards, and no key is left in memory. */
export async function closeStore({ storage, keyring }: OpenInstallation): Promise<void> {
  await storage.close();
  keyring.dispose();
}
