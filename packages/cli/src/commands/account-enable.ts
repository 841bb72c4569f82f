import { Argument, type Command } from 'commander';
import { z } from 'zod';
import { accountId, defineAct } from '../admin/act.ts';
import { addAdminCommand, AdminSession } from '../admin/admin-command.ts';
import { parseAccountId } from '../argument-values.ts';
import type { CommandContext } from '../command-context.ts';

/** Lets an account send requests again. */
export const accountEnableAct = defineAct(
  'account-enable',
  z.strictObject({ accountId }),
  z.object({ accountId, status: z.literal('enabled') }),
);

/** `keyhaven account enable`. */
export function addAccountEnable(parent: Command, context: CommandContext): void {
  const command = addAdminCommand(parent, {
    name: 'enable',
    summary: 'let a disabled account send requests again',
    description: 'Lets an account that was disabled send requests again.',
    examples: ['keyhaven account enable 111122223333'],
  });
  command.addArgument(new Argument('<account-id>', 'The account.').argParser(parseAccountId));
  command.action(async (id: string) => {
    const session = new AdminSession(command, context);
    const result = await session.perform(accountEnableAct, { accountId: id });
    session.print(result, `The account ${id} is enabled.\n`);
  });
}
