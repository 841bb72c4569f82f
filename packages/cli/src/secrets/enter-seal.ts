import type { Secret } from '@keyhaven/crypto';
import type { Command } from 'commander';
import { findGiven } from '../option-flags.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { readSecret } from './read-secret.ts';
import { addPassphraseOptions, readPassphraseSource } from './secret-options.ts';

/** What a seal needs of a person. */
type Needs =
  | { readonly automatic: false; readonly by: 'passphrase' }
  | { readonly automatic: false; readonly by: 'shares'; readonly threshold: number };

interface Entered {
  readonly passphrase?: Secret;
  readonly shares?: readonly Secret[];
}

/** Adds the options that `enterSeal` reads: those of a passphrase, and `--share-file`. */
export function addSealOptions(command: Command): void {
  addPassphraseOptions(command);
  command.option(
    '--share-file <file>',
    'A file to read a share from; may be repeated. Shares without a file are asked for.',
    (text: string, previous: readonly string[] | undefined) => [...(previous ?? []), text],
  );
}

/**
 * Asks for what opens a seal where no service runs: the passphrase, from where the options say, or shares, from the files
 * that the options name and then one after the other on the terminal. `before` is called first, to end whatever line is
 * being shown.
 */
export function enterSeal(
  command: Command,
  terminal: Terminal,
  before: () => void,
): (needs: Needs) => Promise<Entered> {
  return async (needs) => {
    before();
    if (needs.by === 'passphrase') {
      const request = { what: 'passphrase', flags: '--passphrase-file or --passphrase-fd', isNew: false };
      return { passphrase: await readSecret(readPassphraseSource(command), request, terminal) };
    }
    const files = readShareFiles(command);
    const shares: Secret[] = [];
    for (let number = 1; number <= needs.threshold; number++) {
      const what = `share ${number} of ${needs.threshold}`;
      const source = { file: files[number - 1], fd: undefined };
      shares.push(await readSecret(source, { what, flags: '--share-file', isNew: false }, terminal));
    }
    return { shares };
  };
}

function readShareFiles(command: Command): readonly string[] {
  const given = findGiven(command, '--share-file');
  return Array.isArray(given) ? given.map(String) : [];
}
