import { InvalidArgumentError, Option, type Command } from 'commander';
import { optionTable, OptionValueError } from '@keyhaven/server/config';
import { CommandFailure, exitCodes } from '../command-failure.ts';
import { findGiven } from '../option-flags.ts';
import type { SecretSource } from './read-secret.ts';

/** Adds `--passphrase-file` and `--passphrase-fd`. */
export function addPassphraseOptions(command: Command): void {
  command.option(
    '--passphrase-file <file>',
    'The file to read the passphrase from; - is standard input. Without it you are asked.',
  );
  command.addOption(
    new Option('--passphrase-fd <number>', 'The open file descriptor to read the passphrase from.').argParser(
      parseDescriptor,
    ),
  );
}

/** Where the passphrase is to be read from. Throws CommandFailure where two places are named. */
export function readPassphraseSource(command: Command): SecretSource {
  const [file, fd] = [findGiven(command, '--passphrase-file'), findGiven(command, '--passphrase-fd')];
  if (file !== undefined && fd !== undefined) {
    throw new CommandFailure(
      '--passphrase-file and --passphrase-fd are both given.',
      'Give one of them.',
      exitCodes.usage,
    );
  }
  return {
    file: typeof file === 'string' ? file : undefined,
    fd: typeof fd === 'number' ? fd : undefined,
  };
}

/** As the service's option of that name reads it. */
function parseDescriptor(text: string): number {
  try {
    return optionTable.passphraseFd.parse([text]) ?? 0;
  } catch (error) {
    if (error instanceof OptionValueError) throw new InvalidArgumentError(`It ${error.message}.`);
    throw error;
  }
}
