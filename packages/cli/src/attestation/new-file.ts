import { writeFileSync } from 'node:fs';
import { refused } from '../command-failure.ts';

/** Writes a file that is not there yet, readable by everyone. Throws CommandFailure; never over another file. */
export function writeNewFile(path: string, content: string | Uint8Array): void {
  try {
    writeFileSync(path, content, { mode: 0o644, flag: 'wx', flush: true });
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    throw isThere
      ? refused(`${path} is there already and is not overwritten.`, 'Move it away, or name another file.')
      : refused(`The file ${path} cannot be made.`, 'Name one in a folder that this user may write.');
  }
}
