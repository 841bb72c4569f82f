import { Argument, type Command } from 'commander';
import { z } from 'zod';
import { accessKeyId, accountId, defineAct, secretText } from '../admin/act.ts';
import { addAdminCommand, AdminSession } from '../admin/admin-command.ts';
import { parseAccountId } from '../argument-values.ts';
import type { CommandContext } from '../command-context.ts';
import { HandOut } from '../secrets/hand-out.ts';
import { handOutCredentials } from '../secrets/show-credentials.ts';
import { confirm } from '../terminal/prompt.ts';

/** Deactivates every access key of the account's root user and issues a new one. */
export const accountRecoverAct = defineAct(
  'account-recover',
  z.strictObject({ accountId }),
  z.object({ accountId, accessKeyId, secretAccessKey: secretText, deactivated: z.array(accessKeyId) }),
);

/** `keyhaven account recover`. */
export function addAccountRecover(parent: Command, context: CommandContext): void {
  const command = addAdminCommand(parent, {
    name: 'recover',
    summary: 'break the glass: replace every access key of an account',
    description:
      'For an account whose credentials are lost or leaked: deactivates every access key of its root user and issues a ' +
      'new one, which is shown once. Programs that use the old ones are refused at once. It is journaled.',
    examples: [
      'keyhaven account recover 111122223333',
      'keyhaven account recover 111122223333 --yes --credentials-file recovered.ini',
    ],
  });
  command.addArgument(new Argument('<account-id>', 'The account.').argParser(parseAccountId));
  command
    .option('--credentials-file <file>', 'Write the credentials into this new file instead of showing them.')
    .option('--yes', 'Do not ask for a confirmation.');
  command.action(async (id: string) => {
    const session = new AdminSession(command, context);
    if (!session.has('--yes')) {
      await confirm(
        session.terminal,
        `Every access key of the root user of account ${id} will be deactivated.`,
      );
    }
    using out = HandOut.toFile(session.text('--credentials-file'));
    const made = await session.perform(accountRecoverAct, { accountId: id });
    const { json, text } = handOutCredentials(made, out, session.terminal);
    const old = made.deactivated.length === 0 ? 'none' : made.deactivated.join(', ');
    session.print({ ...json, deactivated: made.deactivated }, `Deactivated: ${old}\n${text}`);
  });
}
