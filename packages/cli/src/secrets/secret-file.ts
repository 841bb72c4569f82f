import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type CommandFailure, refused } from '../command-failure.ts';

/**
 * A file for a secret that is shown once. It is made before the secret is, with mode 0600 and never over another file, so
 * that a path that cannot be written is found while nothing is lost yet.
 */
export class SecretFile implements Disposable {
  readonly path: string;
  readonly #file: number;
  #isOpen = true;

  private constructor(path: string, file: number) {
    this.path = path;
    this.#file = file;
  }

  /** Throws CommandFailure where the file is there already or cannot be made. */
  static reserve(path: string): SecretFile {
    try {
      return new SecretFile(path, openSync(path, 'wx', 0o600));
    } catch (error) {
      throw describeReserveError(error, path);
    }
  }

  /** Writes the whole content and makes it durable. */
  write(content: string | Uint8Array): void {
    writeFileSync(this.#file, content);
    fsyncSync(this.#file);
    this.#close();
    syncFolder(dirname(this.path));
  }

  /** Removes the file, unless it was written. */
  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#close();
    rmSync(this.path, { force: true });
  }

  #close(): void {
    this.#isOpen = false;
    closeSync(this.#file);
  }
}

/** Files `share-1.txt` and on for shares, in a folder that is made if it is not there. Throws CommandFailure. */
export function reserveShareFiles(folder: string, shares: number): readonly SecretFile[] {
  try {
    if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
  } catch {
    throw refused(`The folder ${folder} cannot be made.`, 'Name one in a folder that this user may write.');
  }
  const files: SecretFile[] = [];
  try {
    for (let number = 1; number <= shares; number++)
      files.push(SecretFile.reserve(join(folder, `share-${number}.txt`)));
    return files;
  } catch (error) {
    for (const file of files) file[Symbol.dispose]();
    throw error;
  }
}

function describeReserveError(error: unknown, path: string): CommandFailure {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EEXIST')
    return refused(`${path} is there already and is not overwritten.`, 'Move it away, or name another file.');
  return refused(`The file ${path} cannot be made.`, 'Name one in a folder that this user may write.');
}

/** Makes new names in a folder durable; Windows cannot open folders and needs no such step. */
function syncFolder(path: string): void {
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
