import type { Command } from 'commander';
import type { CommandContext } from './command-context.ts';

/** The first word of some commands, and what adds them to the program. */
export interface CommandFamily {
  readonly name: string;
  readonly add: (program: Command, context: CommandContext) => Promise<void>;
}

/** Every command, in the order of the help. Each family is loaded when it is needed. */
export const commandFamilies: readonly CommandFamily[] = [
  {
    name: 'serve',
    add: async (program, context) => {
      (await import('./commands/serve.ts')).addServe(program, context);
    },
  },
];
