import type { Command } from 'commander';
import { z } from 'zod';
import { accountId, count, defineAct, instant, nothing } from '../admin/act.ts';
import { addAdminCommand, AdminSession } from '../admin/admin-command.ts';
import type { CommandContext } from '../command-context.ts';
import { renderTable } from '../terminal/table.ts';

export const accountStatus = z.enum(['enabled', 'disabled']);

/** Every account of the installation. */
export const accountListAct = defineAct(
  'account-list',
  nothing,
  z.object({
    accounts: z.array(
      z.object({
        accountId,
        name: z.string().optional(),
        status: accountStatus,
        createdAt: instant,
        /** How many KMS keys it has, over all Regions. */
        keys: count,
      }),
    ),
  }),
);

/** `keyhaven account list`. */
export function addAccountList(parent: Command, context: CommandContext): void {
  const command = addAdminCommand(parent, {
    name: 'list',
    summary: 'list the accounts',
    description: 'Lists every account of the installation.',
    examples: ['keyhaven account list', 'keyhaven account list --json'],
  });
  command.action(async () => {
    const session = new AdminSession(command, context);
    const result = await session.perform(accountListAct, {});
    const rows = result.accounts.map((one) => [
      one.accountId,
      one.status,
      String(one.keys),
      one.createdAt,
      one.name ?? '',
    ]);
    session.print(
      result,
      renderTable(['ACCOUNT', 'STATUS', 'KEYS', 'CREATED', 'NAME'], rows, 'There are no accounts.'),
    );
  });
}
