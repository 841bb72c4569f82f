import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { backupScratchName, type DataFolder, migrationScratchName } from '../installation/data-folder.ts';
import type { StoreFiles } from './archive.ts';
import { wipe } from './wipe.ts';

/** The folders that a backup works in, inside the data folder: its copies are as sensitive as the database. */
export interface BackupScratch {
  readonly folder: string;
  /** What is archived. */
  readonly snapshot: StoreFiles;
  /** What the written backup is unpacked into. */
  readonly check: StoreFiles;
}

export function makeBackupScratch({ path }: DataFolder): BackupScratch {
  const folder = join(path, backupScratchName);
  const filesIn = (name: string): StoreFiles => {
    mkdirSync(join(folder, name), { recursive: true, mode: 0o700 });
    return { sealHeader: join(folder, name, 'seal.json'), database: join(folder, name, 'keyhaven.db') };
  };
  return { folder, snapshot: filesIn('snapshot'), check: filesIn('check') };
}

/** At start, before anything is served: removes what a kill left of a backup or of a rehearsed migration. */
export async function sweepScratch({ path }: Pick<DataFolder, 'path'>): Promise<void> {
  for (const name of [backupScratchName, migrationScratchName])
    if (existsSync(join(path, name))) await wipe(join(path, name));
}
