import { readSealHeader, writeSealHeader } from '../seal/seal-header.ts';
import { StartRefusal } from '../start-refusal.ts';
import { prepareDatabase } from '../storage/sqlite/open.ts';
import { createSeal, refuseLostHeader } from './create-seal.ts';
import type { DataFolder } from './data-folder.ts';

/**
 * In the development profile, makes the installation where the folder holds none; in production `keyhaven init` does.
 * The seal's key is written first and the header last: a start that was cut short begins again.
 */
export async function ensureInstallation(
  folder: DataFolder,
  profile: 'development' | 'production',
): Promise<void> {
  if (readSealHeader(folder.sealHeader) !== undefined) return;
  refuseLostHeader(folder);
  if (profile === 'production') {
    throw new StartRefusal(
      `The folder ${folder.path} holds no installation.`,
      `Make one with keyhaven init --data-dir ${folder.path}`,
    );
  }
  const { header, sealingKey } = await createSeal(folder, { kind: 'file' });
  sealingKey.dispose();
  prepareDatabase(folder.database, true);
  writeSealHeader(folder.sealHeader, header);
}
