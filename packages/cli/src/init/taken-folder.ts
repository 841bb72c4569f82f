import { readdirSync, statSync, type Stats } from 'node:fs';
import { configFileName } from '@keyhaven/server/config';
import { refused } from '../command-failure.ts';
import { quoteForShell } from '../terminal/shell-words.ts';
import { tlsFileNames } from './init-config.ts';

/** What the server lays down when it begins, and takes away when the folder is an installation. */
const markerName = 'init-unfinished';

/** What a call that was cut short may have left. The server removes its own part, and the rest is written anew. */
const leftNames: ReadonlySet<string> = new Set([
  markerName,
  configFileName,
  tlsFileNames.cert,
  tlsFileNames.key,
  'keyhaven.db',
  'keyhaven.db-wal',
  'keyhaven.db-shm',
  'keyhaven.db-journal',
  'file-seal.key',
  'file-seal.key.new',
  'seal.json.new',
  'journal',
  'security.log',
  'lock',
  'lock-journal',
  'owner.json',
  'owner.json.new',
]);

/** Whether an earlier call was cut short in the folder, so that this one begins anew. */
export type FolderState = 'free' | 'begins anew';

/**
 * Refuses a folder that holds anything: an installation, one that lost its header, or what is somebody else's. Only what a
 * call that was cut short left may be there. Throws CommandFailure, each with its own next step.
 */
export function refuseTakenFolder(dataDir: string): FolderState {
  const found = findStatus(dataDir);
  if (found === undefined) return 'free';
  if (!found.isDirectory()) throw refused(`${dataDir} is not a folder.`, 'Name a folder with --data-dir.');
  const names = readdirSync(dataDir).filter((name) => name !== 'lost+found');
  if (names.length === 0) return 'free';
  if (names.includes('seal.json')) {
    throw refused(
      `The folder ${dataDir} holds an installation already.`,
      `Start it with: keyhaven serve --data-dir ${quoteForShell(dataDir)}\n` +
        'Or name another folder with --data-dir.',
    );
  }
  const others = names.filter((name) => !leftNames.has(name));
  if (names.includes(markerName) && others.length === 0) return 'begins anew';
  if (names.includes('keyhaven.db') && !names.includes(markerName)) {
    throw refused(
      `The folder ${dataDir} holds a database but no seal header.`,
      'Restore seal.json from a backup: nothing in the database opens without it.',
    );
  }
  const shown = (others.length === 0 ? names : others).slice(0, 3);
  throw refused(
    `The folder ${dataDir} is not empty: it holds ${shown.join(', ')}.`,
    'Name an empty folder, or one that is not there yet, with --data-dir.',
  );
}

function findStatus(dataDir: string): Stats | undefined {
  try {
    return statSync(dataDir, { throwIfNoEntry: false });
  } catch {
    throw refused(`The folder ${dataDir} cannot be made.`, 'Name another with --data-dir.');
  }
}
