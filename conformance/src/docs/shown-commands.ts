import { spawn } from 'node:child_process';
import { expect } from 'vitest';
import { type ShownCommand, withoutChance } from './page.ts';

/** What a command wrote and how it ended. */
export interface Outcome {
  readonly output: string;
  readonly code: string;
}

export interface Shell {
  /** Lines that go before the commands. */
  readonly prelude: string;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
}

/** A command's own characters, which no output has. */
const [endOfOutput, endOfCommand] = ['\x1e', '\x1f'];

/**
 * Runs commands in one Bash, as who types them does: what one sets, the next finds. Of a command that succeeds only standard
 * output is kept: progress goes to standard error, and a terminal takes it back. Whatever is left running is killed.
 */
export async function runShownCommands(
  commands: readonly string[],
  { prelude, folder, environment, timeoutMs }: Shell,
): Promise<readonly Outcome[]> {
  const script = commands.map(
    (command) => `
{ ${command}
} 2>errors-of-this-page
code=$?
[ $code = 0 ] || cat errors-of-this-page
printf '\\036%s\\037' $code
`,
  );
  const shell = spawn('bash', ['-c', prelude + script.join('')], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that services which a page leaves running end with it.
    detached: true,
  });
  const { pid } = shell;
  if (pid === undefined) throw new Error('there is no Bash');
  const endAll = () => {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // Nobody is left.
    }
  };
  let [written, complaints] = ['', ''];
  shell.stdout.setEncoding('utf8').on('data', (text: string) => (written += text));
  shell.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  const timer = setTimeout(endAll, timeoutMs);
  await new Promise((resolve) => shell.once('exit', resolve));
  clearTimeout(timer);
  endAll();
  expect(complaints).toBe('');
  return written
    .split(endOfCommand)
    .slice(0, -1)
    .map((part) => {
      const [output = '', code = ''] = part.split(endOfOutput);
      return { output, code };
    });
}

/** How the pages show that a command fails. */
const refusal = /^(?:An error occurred|keyhaven: )/m;

/** Throws where a command wrote something else than the page shows, or fails where the page shows no refusal. */
export function expectShown(shown: readonly ShownCommand[], outcomes: readonly Outcome[]): void {
  for (const [index, { command, output }] of shown.entries()) {
    const outcome = outcomes[index];
    expect(withoutChance(outcome?.output ?? 'it was not reached, or did not end'), command).toBe(
      withoutChance(output),
    );
    const mustFail = refusal.test(output);
    expect(outcome?.code === '0', `${command} ends with ${outcome?.code ?? ''}`).toBe(!mustFail);
  }
  expect(outcomes).toHaveLength(shown.length);
}
