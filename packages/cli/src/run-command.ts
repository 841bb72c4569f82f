import { Command, CommanderError } from 'commander';
import type { CommandContext } from './command-context.ts';
import { CommandFailure, exitCodes } from './command-failure.ts';
import { commandFamilies } from './command-families.ts';
import type { Terminal } from './terminal/terminal.ts';

const epilogue = `
"keyhaven COMMAND --help" explains a command, with examples.
Exit codes: 0 done, 1 refused, 2 wrong usage, 70 unexpected error.
Documentation: README.md and the folder docs/ of the Keyhaven repository.`;

/** Runs the command that the arguments name; answers its exit code and leaves what went wrong on standard error. */
export async function runCommand(args: readonly string[], context: CommandContext): Promise<number> {
  try {
    const program = createProgram(context);
    // Only what is asked for is loaded; for help, and to tell what was probably meant, all of it.
    const named = commandFamilies.filter(({ name }) => name === args[0]);
    for (const { add } of named.length === 0 ? commandFamilies : named) await add(program, context);
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    return report(error, context.terminal);
  }
}

function createProgram({ version, terminal }: CommandContext): Command {
  return new Command('keyhaven')
    .description('A key management service that speaks the AWS KMS API and that anyone can run.')
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .configureHelp({ helpWidth: 100 })
    .configureOutput({
      writeOut: (text) => terminal.output.write(text),
      writeErr: (text) => terminal.errors.write(text),
      outputError: (text, write) => {
        write(text.replace(/^error: /, 'keyhaven: '));
      },
    })
    .enablePositionalOptions()
    .exitOverride()
    .addHelpText('after', epilogue);
}

/** Says on standard error what went wrong, unless that has been said. Answers the exit code. */
export function report(error: unknown, { errors }: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  if (error instanceof CommandFailure) {
    errors.write(`keyhaven: ${error.message}\n`);
    return error.exitCode;
  }
  const message = error instanceof Error ? error.message : String(error);
  errors.write(
    `keyhaven: Something happened that should not: ${message}\nPlease report it with this text.\n`,
  );
  return exitCodes.unexpected;
}
