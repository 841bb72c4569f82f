import type { Secret } from '@keyhaven/crypto';
import type { Command } from 'commander';
import type { Terminal } from '../terminal/terminal.ts';
import { readSecret } from './read-secret.ts';
import { readPassphraseSource } from './secret-options.ts';

/** What a seal needs of a person. */
type Needs =
  | { readonly automatic: false; readonly by: 'passphrase' }
  | { readonly automatic: false; readonly by: 'shares'; readonly threshold: number };

interface Entered {
  readonly passphrase?: Secret;
  readonly shares?: readonly Secret[];
}

/**
 * Asks for what opens a seal where no service runs: the passphrase, from where the options say, or shares, one after the
 * other on the terminal. `before` is called first, to end whatever line is being shown.
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
    const shares: Secret[] = [];
    for (let number = 1; number <= needs.threshold; number++) {
      const what = `share ${number} of ${needs.threshold}`;
      const source = { file: undefined, fd: undefined };
      shares.push(await readSecret(source, { what, flags: 'a terminal', isNew: false }, terminal));
    }
    return { shares };
  };
}
