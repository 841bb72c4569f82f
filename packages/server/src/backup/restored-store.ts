import { readFileSync } from 'node:fs';
import { DomainKey } from '@keyhaven/crypto';
import type { Clock } from '../clock.ts';
import { replaceFile } from '../durable-file.ts';
import type { DataFolder } from '../installation/data-folder.ts';
import { type OpenInstallation, openInstallation, type Unsealed } from '../installation/open-installation.ts';
import { FileSeal } from '../seal/file-seal.ts';
import { openRootKey, readSealHeader } from '../seal/seal-header.ts';
import { prepareDatabase } from '../storage/sqlite/open.ts';
import { BackupRefusal } from './backup-refusal.ts';
import { isManifestGenuine } from './manifest.ts';
import type { ManifestTexts } from './archive.ts';
import { verifyStore } from './verify-store.ts';

/** How the seal of a restored installation is opened. */
export interface Unsealing {
  /** The root keys that the header holds. Throws StartRefusal where they do not open. */
  open(sealHeader: string): Promise<Unsealed>;
  /** Puts beside the header what the seal needs there. */
  place(folder: DataFolder): void;
}

/** The file seal's: `keyFile` is the `file-seal.key` of the installation that was backed up. */
export function unsealByKeyFile(keyFile: string): Unsealing {
  return {
    open: async (path) => {
      const header = readSealHeader(path);
      if (header?.seal !== 'file') {
        throw new BackupRefusal(
          'The backup was not made of an installation with a file seal.',
          'Open its seal as the service does.',
        );
      }
      const key = await openRootKey(path, header, FileSeal.open(keyFile));
      const rootKeys = [{ id: header.rootKeyId, status: 'current' as const, key }];
      return { installationId: header.installationId, rootKeys };
    },
    place: ({ fileSeal }) => {
      replaceFile(fileSeal, readFileSync(keyFile, 'latin1'));
    },
  };
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
    await verifyStore(store);
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
