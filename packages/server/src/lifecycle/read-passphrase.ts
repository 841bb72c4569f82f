import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { Secret } from '@keyhaven/crypto';
import type { ServiceOptions } from '../config/service-options.ts';
import { StartRefusal } from '../start-refusal.ts';

const mostBytes = 4096;

/**
 * The passphrase from the file or the file descriptor that the options name: its bytes without a line feed at their end,
 * which never become text. Undefined where none is named.
 */
export function readPassphrase({
  passphraseFd,
  passphraseFile,
}: Pick<ServiceOptions, 'passphraseFd' | 'passphraseFile'>): Secret | undefined {
  if (passphraseFd !== undefined) {
    return readFrom(() => openDescriptor(passphraseFd), `file descriptor ${passphraseFd}`, '--passphrase-fd');
  }
  if (passphraseFile === undefined) return undefined;
  return readFrom(() => openOwnFile(passphraseFile), `file ${passphraseFile}`, '--passphrase-file');
}

function readFrom(open: () => number, name: string, flag: string): Secret {
  const bytes = Buffer.alloc(mostBytes + 1);
  let file: number | undefined;
  try {
    file = open();
    let used = 0;
    for (let read = -1; read !== 0 && used < bytes.length; used += read)
      read = readSync(file, bytes, used, bytes.length - used, null);
    const end = used - lineEndBytes(bytes.subarray(0, used));
    if (end <= 0 || used > mostBytes) {
      throw new StartRefusal(
        `The ${name} holds no passphrase of 1 to ${mostBytes} bytes.`,
        `Write the passphrase there, or leave ${flag} out and run keyhaven unseal.`,
      );
    }
    return Secret.take(bytes.subarray(0, end));
  } catch (error) {
    if (error instanceof StartRefusal) throw error;
    throw new StartRefusal(
      `The passphrase cannot be read from the ${name}: ${error instanceof Error ? error.message : String(error)}.`,
      `See what ${flag} names, or leave it out and run keyhaven unseal.`,
    );
  } finally {
    bytes.fill(0);
    if (file !== undefined) closeSync(file);
  }
}

/** Throws where none is open under that number. */
function openDescriptor(descriptor: number): number {
  fstatSync(descriptor);
  return descriptor;
}

/** Editors and echo leave a line feed at the end, some after a carriage return, which nobody means. */
function lineEndBytes(bytes: Buffer): number {
  if (bytes.at(-1) !== 0x0a) return 0;
  return bytes.at(-2) === 0x0d ? 2 : 1;
}

/** A passphrase that other users may read opens the seal for them as well. */
function openOwnFile(path: string): number {
  const file = openSync(path, 'r');
  const { mode } = fstatSync(file);
  if (process.platform === 'win32' || (mode & 0o077) === 0) return file;
  closeSync(file);
  throw new StartRefusal(
    `The passphrase file ${path} can be read by other users of this machine.`,
    `Run: chmod 600 ${path}`,
  );
}
