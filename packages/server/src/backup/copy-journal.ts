import {
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
} from 'node:fs';
import { join } from 'node:path';
import { syncFolder } from '../durable-file.ts';
import { BackupRefusal } from './backup-refusal.ts';

/** Segments, and what starts have cut off them. */
const journalFile = /^(?:\d{8}\.jsonl|cut-\d+-\d+(?:-\d+|\.unrecorded))$/;

/**
 * Copies a journal into a folder that is not there yet. It is copied before it is read: what was verified is then what
 * the service goes on with, whatever happens to the original. Throws BackupRefusal.
 */
export function copyJournal(from: string, to: string): void {
  let names: readonly string[];
  try {
    names = readdirSync(from).filter((name) => journalFile.test(name));
  } catch (error) {
    throw new BackupRefusal(
      `The journal ${from} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
      'Name the folder with its .jsonl files.',
    );
  }
  mkdirSync(to, { mode: 0o700 });
  for (const name of names) copy(join(from, name), join(to, name));
  syncFolder(to);
}

function copy(from: string, to: string): void {
  if (!lstatSync(from).isFile()) {
    throw new BackupRefusal(
      `${from} is not a plain file.`,
      'Give a copy of the journal that holds its files.',
    );
  }
  closeSync(openSync(to, 'wx', 0o600));
  copyFileSync(from, to, constants.COPYFILE_FICLONE);
  const file = openSync(to, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
