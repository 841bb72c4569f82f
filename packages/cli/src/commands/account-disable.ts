import { Argument, type Command } from 'commander';
import { z } from 'zod';
import { accountId, defineAct } from '../admin/act.ts';
import { addAdminCommand, AdminSession } from '../admin/admin-command.ts';
import { parseAccountId } from '../argument-values.ts';
import type { CommandContext } from '../command-context.ts';

/** Refuses every request of the account from now on. Its keys stay, and are kept being rotated and destroyed when due. */
export const accountDisableAct = defineAct(
  'account-disable',
  z.strictObject({ accountId }),
  z.object({ accountId, status: z.literal('disabled') }),
);

/** `keyhaven account disable`. */
export function addAccountDisable(parent: Command, context: CommandContext): void {
  const command = addAdminCommand(parent, {
    name: 'disable',
    summary: 'refuse every request of an account',
    description:
      'Refuses every request of an account until it is enabled again. Its keys and access keys stay.',
    examples: ['keyhaven account disable 111122223333'],
  });
  command.addArgument(new Argument('<account-id>', 'The account.').argParser(parseAccountId));
  command.action(async (id: string) => {
    const session = new AdminSession(command, context);
    const result = await session.perform(accountDisableAct, { accountId: id });
    session.print(result, `The account ${id} is disabled.\n`);
  });
}
