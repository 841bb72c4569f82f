import { type Command, Option } from 'commander';
import { z } from 'zod';
import { accessKeyId, accountId, defineAct, secretText } from '../admin/act.ts';
import { addAdminCommand, AdminSession } from '../admin/admin-command.ts';
import { parseAccountId, parseAccountName } from '../argument-values.ts';
import type { CommandContext } from '../command-context.ts';
import { HandOut } from '../secrets/hand-out.ts';
import { handOutCredentials } from '../secrets/show-credentials.ts';

/** Makes an account with an access key of its root user. Without an id the service draws one. */
export const accountCreateAct = defineAct(
  'account-create',
  z.strictObject({ accountId: accountId.optional(), name: z.string().optional() }),
  z.object({ accountId, accessKeyId, secretAccessKey: secretText }),
);

/** `keyhaven account create`. */
export function addAccountCreate(parent: Command, context: CommandContext): void {
  const command = addAdminCommand(parent, {
    name: 'create',
    summary: 'make an account, and credentials of its root user',
    description: 'Makes an account and an access key of its root user. The secret access key is shown once.',
    examples: [
      'keyhaven account create',
      'keyhaven account create --id 111122223333 --name payments',
      'keyhaven account create --credentials-file payments.ini',
    ],
  });
  command
    .addOption(new Option('--id <account-id>', 'Its id; drawn if not given.').argParser(parseAccountId))
    .addOption(new Option('--name <name>', 'A name to know it by.').argParser(parseAccountName))
    .option('--credentials-file <file>', 'Write the credentials into this new file instead of showing them.');
  command.action(async () => {
    const session = new AdminSession(command, context);
    using out = HandOut.toFile(session.text('--credentials-file'));
    const request = { accountId: session.text('--id'), name: session.text('--name') };
    const made = await session.perform(accountCreateAct, request);
    const { json, text } = handOutCredentials(made, out, session.terminal);
    session.print(json, text);
  });
}
