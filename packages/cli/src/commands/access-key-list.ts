import { type Command, Option } from 'commander';
import { z } from 'zod';
import { accessKeyId, accountId, defineAct, instant } from '../admin/act.ts';
import { addAdminCommand, AdminSession } from '../admin/admin-command.ts';
import { parseAccountId } from '../argument-values.ts';
import type { CommandContext } from '../command-context.ts';
import { renderTable } from '../terminal/table.ts';

/** Every access key of an account, without its secret. */
export const accessKeyListAct = defineAct(
  'access-key-list',
  z.strictObject({ accountId }),
  z.object({
    accessKeys: z.array(
      z.object({
        accessKeyId,
        /** The ARN of whom it belongs to. */
        principal: z.string(),
        /** As in IAM. */
        status: z.enum(['Active', 'Inactive']),
        createdAt: instant,
      }),
    ),
  }),
);

/** `keyhaven access-key list`. */
export function addAccessKeyList(parent: Command, context: CommandContext): void {
  const command = addAdminCommand(parent, {
    name: 'list',
    summary: 'list the access keys of an account',
    description: 'Lists the access keys of an account, without their secrets.',
    examples: ['keyhaven access-key list --account 111122223333'],
  });
  command.addOption(
    new Option('--account <account-id>', 'The account.').argParser(parseAccountId).makeOptionMandatory(),
  );
  command.action(async () => {
    const session = new AdminSession(command, context);
    const result = await session.perform(accessKeyListAct, { accountId: session.text('--account') ?? '' });
    const rows = result.accessKeys.map((one) => [one.accessKeyId, one.status, one.createdAt, one.principal]);
    const headings = ['ACCESS KEY', 'STATUS', 'CREATED', 'PRINCIPAL'];
    session.print(result, renderTable(headings, rows, 'The account has no access keys.'));
  });
}
