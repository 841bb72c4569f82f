import type { Service } from '@keyhaven/server';
import {
  type GivenFlags,
  loadOptions,
  readInheritedSocket,
  serviceOptionSpecs,
} from '@keyhaven/server/config';
import type { Command } from 'commander';
import { renderBanner } from '../banner.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandFailure, exitCodes } from '../command-failure.ts';
import { addTableOption, readFlags } from '../option-flags.ts';
import { asFailure, readingOptions } from '../reading-options.ts';

const epilogue = `
Each option can be set by the environment variable in brackets as well, and by its name in the configuration file.
A flag wins over the environment, the environment over the file, the file over the default.

Examples:
  keyhaven serve
  keyhaven serve --port 0 --data-dir /tmp/keyhaven
  keyhaven serve --data-dir /var/lib/keyhaven --passphrase-fd 3 3< passphrase.txt

Exit codes: 0 ended by SIGTERM or SIGINT, 1 refused to start, 2 wrong usage, 70 unexpected error,
74 the data folder can no longer be written.
Documentation: README.md and the folder docs/ of the Keyhaven repository.`;

/** `keyhaven serve`: runs the service until it is told to stop. */
export function addServe(program: Command, context: CommandContext): void {
  const command = program
    .command('serve')
    .summary('run the service')
    .description(
      'Runs the service, by default in the development profile: plain HTTP on the loopback interface and the ' +
        'well-known credentials test/test of account 000000000000. What keyhaven init made is served in production.',
    )
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', epilogue);
  for (const spec of serviceOptionSpecs) addTableOption(command, spec);
  command.action(() => serve(readFlags(command, serviceOptionSpecs), context));
}

async function serve(flags: GivenFlags, { terminal, environment, version }: CommandContext): Promise<void> {
  const told = firstSignal();
  const service = await start(flags, environment);
  terminal.output.write(renderBanner(service, version));
  process.on('SIGHUP', () => {
    service.reload();
  });
  const failed = service.failed.then((error) => {
    throw new CommandFailure(
      `The service ended because it can no longer store what it would acknowledge: ${error.message}`,
      'See that the disk has space and can be written and that nobody removed files from the data folder, then start it again.',
      exitCodes.inputOutput,
    );
  });
  await Promise.race([told, failed]);
  await Promise.race([service.close(), failed]);
}

async function start(flags: GivenFlags, environment: CommandContext['environment']): Promise<Service> {
  const options = readingOptions(() => loadOptions(flags, environment));
  // Imported when it is needed and not before: wrong usage is told without it.
  const { startService } = await import('@keyhaven/server');
  try {
    return await startService(options, { inheritedFd: readInheritedSocket(environment, process.pid) });
  } catch (error) {
    throw asFailure(error);
  }
}

/** Resolves at the first SIGTERM or SIGINT; the second ends the process at once, as the shell expects of it. */
function firstSignal(): Promise<void> {
  return new Promise((resolve) => {
    let isFirst = true;
    const receive = (exitCode: number) => () => {
      if (!isFirst) process.exit(exitCode);
      isFirst = false;
      resolve();
    };
    process.on('SIGINT', receive(130));
    process.on('SIGTERM', receive(143));
  });
}
