import type { Terminal } from '../terminal/terminal.ts';
import { reserveShareFiles, SecretFile } from './secret-file.ts';

/**
 * Where secrets go that are made now and never shown again: into files that are reserved before anything is made, or to
 * standard output. Files that stay empty are removed again.
 */
export class HandOut implements Disposable {
  readonly #files: readonly SecretFile[];

  private constructor(files: readonly SecretFile[]) {
    this.#files = files;
  }

  /** Throws CommandFailure where the file is there already or cannot be made. */
  static toFile(path: string | undefined): HandOut {
    return new HandOut(path === undefined ? [] : [SecretFile.reserve(path)]);
  }

  /** One file for each share. Throws CommandFailure, as `toFile` does. */
  static toFolder(path: string | undefined, shares: number): HandOut {
    return new HandOut(path === undefined ? [] : reserveShareFiles(path, shares));
  }

  /** The files, written or not. */
  get paths(): readonly string[] {
    return this.#files.map(({ path }) => path);
  }

  /**
   * Writes each secret into its file, and answers the path of each; undefined for those that the caller has to show,
   * because there is no file, or because it cannot be written: the secret exists nowhere else.
   */
  deliver(secrets: readonly string[], { errors }: Terminal): readonly (string | undefined)[] {
    return secrets.map((secret, index) => {
      const file = this.#files[index];
      if (file === undefined) return undefined;
      try {
        file.write(secret);
        return file.path;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        errors.write(`${file.path} cannot be written (${reason}): standard output has its content.\n`);
        return undefined;
      }
    });
  }

  [Symbol.dispose](): void {
    for (const file of this.#files) file[Symbol.dispose]();
  }
}
