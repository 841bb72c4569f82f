import { isAbsolute, resolve } from 'node:path';
import { findNearest } from '@keyhaven/server/config';
import type { Command } from 'commander';
import type { z } from 'zod';
import { AdminClient } from '../admin-client.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandFailure, exitCodes } from '../command-failure.ts';
import { findGiven } from '../option-flags.ts';
import { showPlain } from '../terminal/plain-text.ts';
import { ProgressLine } from '../terminal/progress.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { Act } from './act.ts';
import { addConnectionOptions, findAddress } from './address.ts';
import type { RequestValue } from './encode-request.ts';

/** What the help says of a command. */
export interface CommandText {
  /** Its last word, with its arguments: `disable <access-key-id>`. */
  readonly name: string;
  /** A line in the help of the command above it. */
  readonly summary: string;
  readonly description: string;
  readonly examples: readonly string[];
}

/** Adds a command with its help and examples. */
export function addCommand(parent: Command, text: CommandText): Command {
  return (
    parent
      .command(text.name)
      .summary(text.summary)
      .description(text.description)
      // A command above that looks at further words itself hands this setting down.
      .allowExcessArguments(false)
      .helpOption('-h, --help', 'print this help')
      .addHelpText('after', `\nExamples:\n${text.examples.map((line) => `  ${line}`).join('\n')}`)
  );
}

/** Adds a command that only groups those below it. */
export function addFamily(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .summary(description)
    .description(`${upperFirst(description)}.`)
    .helpOption('-h, --help', 'print this help');
}

/** Adds a command that administers a running service, with the options that say which, and `--json`. */
export function addAdminCommand(parent: Command, text: CommandText): Command {
  const command = addCommand(parent, text);
  command.option('--json', 'Print the result as JSON.');
  addConnectionOptions(command);
  return command.optionsGroup('Options:');
}

/**
 * For a command that has others below it: a word that is none of them is not what the command itself is for.
 * Throws CommandFailure.
 */
export function refuseOtherWords(command: Command): void {
  const [word] = command.args;
  if (word === undefined) return;
  const nearest = findNearest(
    word,
    command.commands.map((one) => one.name()),
  );
  throw new CommandFailure(
    `unknown command '${showPlain(word)}'`,
    nearest === undefined ? `See keyhaven ${command.name()} --help.` : `(Did you mean ${nearest}?)`,
    exitCodes.usage,
  );
}

/** A call of a command that administers a service. */
export class AdminSession {
  readonly terminal: Terminal;
  readonly isJson: boolean;
  readonly #command: Command;
  readonly #client: AdminClient;
  readonly #isHere: boolean;

  /** Throws CommandFailure where no service is named, or none is there. */
  constructor(command: Command, { version, environment, terminal }: CommandContext) {
    this.terminal = terminal;
    this.isJson = findGiven(command, '--json') === true;
    this.#command = command;
    const address = findAddress(command, environment);
    this.#isHere = address.kind === 'socket';
    this.#client = new AdminClient(address, version);
    this.#client.refuseAbsentService();
  }

  /** The text that was given for a flag of the command. */
  text(flag: string): string | undefined {
    const value = findGiven(this.#command, flag);
    return typeof value === 'string' ? value : undefined;
  }

  /**
   * A path on the machine of the service. A relative one is relative to where the command was called, which makes sense
   * on that machine only. Throws CommandFailure.
   */
  servicePath(flag: string): string | undefined {
    const path = this.text(flag);
    if (path === undefined || isAbsolute(path)) return path;
    if (this.#isHere) return resolve(path);
    throw new CommandFailure(
      `${flag} must be an absolute path: it is one of the machine that --admin-url names.`,
      'Write it in full.',
      exitCodes.usage,
    );
  }

  /** Whether a flag without a value was given. */
  has(flag: string): boolean {
    return findGiven(this.#command, flag) === true;
  }

  /** Has the act done, and tells its progress meanwhile. Throws CommandFailure. */
  async perform<Request extends z.ZodType, Result extends z.ZodType>(
    act: Act<Request, Result>,
    request: z.input<Request> & RequestValue,
  ): Promise<z.output<Result>> {
    const line = new ProgressLine(this.terminal);
    try {
      return await this.#client.perform(act, request, (progress) => {
        line.show(progress);
      });
    } finally {
      line.end();
    }
  }

  /** Prints the result for a person, or with `--json` for a program. */
  print(value: object, text: string): void {
    this.terminal.output.write(this.isJson ? `${JSON.stringify(value, undefined, 2)}\n` : text);
  }
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
