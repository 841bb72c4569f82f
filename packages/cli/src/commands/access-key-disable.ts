import { Argument, type Command } from 'commander';
import { z } from 'zod';
import { accessKeyId, accountId, defineAct } from '../admin/act.ts';
import { addAdminCommand, AdminSession } from '../admin/admin-command.ts';
import { parseAccessKeyId } from '../argument-values.ts';
import type { CommandContext } from '../command-context.ts';

/** Refuses every request that is signed with the access key from now on. */
export const accessKeyDisableAct = defineAct(
  'access-key-disable',
  z.strictObject({ accessKeyId }),
  z.object({ accessKeyId, accountId, status: z.literal('Inactive') }),
);

/** `keyhaven access-key disable`. */
export function addAccessKeyDisable(parent: Command, context: CommandContext): void {
  const command = addAdminCommand(parent, {
    name: 'disable',
    summary: 'refuse every request that is signed with an access key',
    description: 'Deactivates an access key: whatever is signed with it is refused at once.',
    examples: ['keyhaven access-key disable AKIAIOSFODNN7EXAMPLE'],
  });
  command.addArgument(new Argument('<access-key-id>', 'The access key.').argParser(parseAccessKeyId));
  command.action(async (id: string) => {
    const session = new AdminSession(command, context);
    const result = await session.perform(accessKeyDisableAct, { accessKeyId: id });
    session.print(result, `The access key ${id} of account ${result.accountId} is inactive.\n`);
  });
}
