import { readEnvironment } from '@keyhaven/server/config';
import manifest from '../package.json' with { type: 'json' };
import { report, runCommand } from './run-command.ts';

/** Runs the command that the arguments name, and ends the process with its exit code. */
export async function main(args: readonly string[]): Promise<void> {
  const terminal = { input: process.stdin, output: process.stdout, errors: process.stderr };
  process.on('uncaughtException', (error) => {
    end(report(error, terminal));
  });
  end(await runCommand(args, { version: manifest.version, environment: readEnvironment(), terminal }));
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
