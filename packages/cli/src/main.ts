import { Command, CommanderError } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { CommandFailure, exitCodes } from './command-failure.ts';
import { addServe } from './commands/serve.ts';

const epilogue = `
"keyhaven serve --help" lists the options of the service.
Documentation: README.md and the folder docs/ of the Keyhaven repository.`;

/** Runs the command that the arguments name, and ends the process with its exit code. */
export async function main(args: readonly string[]): Promise<void> {
  process.on('uncaughtException', (error) => {
    end(report(error));
  });
  try {
    const program = createProgram();
    await addServe(program, manifest.version);
    await program.parseAsync(args, { from: 'user' });
    end(0);
  } catch (error) {
    end(report(error));
  }
}

function createProgram(): Command {
  return new Command('keyhaven')
    .description('A key management service that speaks the AWS KMS API and that anyone can run.')
    .version(manifest.version, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .configureHelp({ helpWidth: 100 })
    .configureOutput({
      outputError: (text, write) => {
        write(text.replace(/^error: /, 'keyhaven: '));
      },
    })
    .exitOverride()
    .addHelpText('after', epilogue);
}

/** Says on standard error what went wrong, unless that has been said. Answers the exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  if (error instanceof CommandFailure) {
    process.stderr.write(`keyhaven: ${error.message}\n`);
    return error.exitCode;
  }
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    `keyhaven: Something happened that should not: ${message}\nPlease report it with this text.\n`,
  );
  return exitCodes.unexpected;
}

/** What was written reaches its pipe first; then nothing that is still open keeps the process. */
function end(exitCode: number): void {
  process.exitCode = exitCode;
  process.stdout.write('', () => {
    process.stderr.write('', () => {
      process.exit(exitCode);
    });
  });
}
