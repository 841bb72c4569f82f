import type { Command } from 'commander';
import { addAdminCommand, AdminSession } from '../admin/admin-command.ts';
import type { CommandContext } from '../command-context.ts';
import { renderFacts } from '../terminal/table.ts';
import { describeSeal, statusAct } from './status.ts';

/** `keyhaven seal status`: the part of the service's status that is about its seal. */
export function addSealStatus(parent: Command, context: CommandContext): void {
  const command = addAdminCommand(parent, {
    name: 'status',
    summary: 'tell whether the service is sealed, and by what',
    description: 'Tells whether the service is sealed, which kind of seal it has, and what opens it.',
    examples: ['keyhaven seal status'],
  });
  command.action(async () => {
    const session = new AdminSession(command, context);
    const { seal } = await session.perform(statusAct, {});
    const opener = { nothing: 'by itself', passphrase: 'with its passphrase', shares: 'with shares' };
    const facts = renderFacts([
      ['Seal', describeSeal(seal)],
      ['Opens', opener[seal.needs]],
    ]);
    session.print(seal, seal.advice === undefined ? facts : `${facts}${seal.advice}\n`);
  });
}
