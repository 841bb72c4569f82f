import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { OptionRefusal } from './option-refusal.ts';

const mostBytes = 64 * 1024;

/**
 * The text of a file of options, which is `what` (`configuration file`); undefined if there is none. What is asked of it
 * is asked of the open file, so that nobody can exchange it in between. Throws OptionRefusal.
 */
export function readOptionText(what: string, path: string, alsoTrusted?: number): string | undefined {
  let bytes: Buffer;
  try {
    // A named pipe would keep an ordinary open waiting for its writer.
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      refuseUntrusted(what, path, fstatSync(file), alsoTrusted);
      bytes = readFileSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (error instanceof OptionRefusal) throw error;
    if (isMissing(error)) return undefined;
    throw new OptionRefusal('file', `The ${what} ${path} cannot be read.`, 'Make it readable for this user.');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new OptionRefusal('file', `The ${what} ${path} is not UTF-8 text.`, 'Save it as UTF-8.');
  }
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Whoever can write the options can switch every protection off. Windows has neither such owners nor modes. */
function refuseUntrusted(what: string, path: string, status: Stats, alsoTrusted: number | undefined): void {
  const refuse = (fact: string, nextStep: string): never => {
    throw new OptionRefusal('file', `The ${what} ${path} ${fact}.`, nextStep);
  };
  if (!status.isFile()) refuse('is not a file', 'Name a YAML file.');
  if (status.size > mostBytes) refuse('is larger than 64 KiB', 'Shorten it.');
  const own = process.getuid?.();
  if (own === undefined) return;
  if (![own, 0, alsoTrusted].includes(status.uid)) {
    refuse(
      `belongs to the user with id ${status.uid}, who is neither root nor the user of this process`,
      `If you trust what it says, run: chown ${own} ${path}`,
    );
  }
  if ((status.mode & 0o022) !== 0) {
    refuse('can be written by other users of this machine', `Run: chmod go-w ${path}`);
  }
}
