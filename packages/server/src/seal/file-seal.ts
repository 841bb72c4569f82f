import { existsSync, readFileSync, statSync } from 'node:fs';
import { Secret, randomBytes, unwrap, wrap } from '@keyhaven/crypto';
import { replaceFile } from '../durable-file.ts';
import { StartRefusal } from '../start-refusal.ts';
import type { Seal } from './port.ts';

/**
 * The seal of the development profile: a key in a file beside the data, readable by its owner only.
 * It protects a stolen database, not a stolen folder.
 */
export class FileSeal implements Seal {
  readonly kind = 'file';
  readonly #key: Secret;

  private constructor(key: Secret) {
    this.#key = key;
  }

  /** Never over another key: whatever that one sealed would be lost. */
  static create(path: string): FileSeal {
    if (existsSync(path)) throw new Error(`the seal's key file ${path} is there already`);
    const key = randomBytes(32);
    replaceFile(path, `${key.toString('base64')}\n`);
    return new FileSeal(Secret.take(key));
  }

  static open(path: string): FileSeal {
    let text: string;
    try {
      refuseWideMode(path);
      text = readFileSync(path, 'latin1');
    } catch (error) {
      if (error instanceof StartRefusal) throw error;
      throw new StartRefusal(
        `The seal's key file ${path} cannot be read.`,
        'Restore it from a backup: nothing opens without it.',
      );
    }
    const key = Buffer.from(text.trim(), 'base64');
    if (key.length !== 32) {
      throw new StartRefusal(`The seal's key file ${path} is damaged.`, 'Restore it from a backup.');
    }
    return new FileSeal(Secret.take(key));
  }

  wrapRootKey(rootKey: Secret, binding: Buffer): Buffer {
    return wrap(this.#key, binding, rootKey);
  }

  unwrapRootKey(wrapped: Buffer, binding: Buffer): Secret {
    return unwrap(this.#key, binding, wrapped);
  }
}

/** A key file that others may read is no seal; Windows has no such modes. */
function refuseWideMode(path: string): void {
  if (process.platform === 'win32') return;
  if ((statSync(path).mode & 0o077) !== 0) {
    throw new StartRefusal(
      `The seal's key file ${path} can be read by other users of this machine.`,
      `Run: chmod 600 ${path}`,
    );
  }
}
