import type { Command } from 'commander';
import { z } from 'zod';
import { defineAct, nothing } from '../admin/act.ts';
import { addAdminCommand, AdminSession, refuseOtherWords } from '../admin/admin-command.ts';
import type { CommandContext } from '../command-context.ts';
import { confirm } from '../terminal/prompt.ts';

/** Forgets every key: what is under way ends, and every later request is refused until the service is unsealed. */
export const sealAct = defineAct('seal', nothing, z.object({ isSealed: z.literal(true) }));

/** `keyhaven seal`: seals the service now. Answers the command, for those below it. */
export function addSeal(parent: Command, context: CommandContext): Command {
  const command = addAdminCommand(parent, {
    name: 'seal',
    summary: 'seal the service now, tell about its seal, or change it',
    description:
      'Seals the running service: it zeroises its keys and refuses every request until someone unseals it. ' +
      'It goes on running.',
    examples: [
      'keyhaven seal',
      'keyhaven seal --yes',
      'keyhaven seal status',
      'keyhaven seal change --seal passphrase',
    ],
  });
  command.option('--yes', 'Do not ask for a confirmation.');
  command.allowExcessArguments().action(async () => {
    refuseOtherWords(command);
    const session = new AdminSession(command, context);
    if (!session.has('--yes')) {
      const warning =
        'Every request will be refused until the service is unsealed. See that you can unseal it.';
      await confirm(session.terminal, warning);
    }
    const result = await session.perform(sealAct, {});
    session.print(result, 'The service is sealed.\n');
  });
  return command;
}
