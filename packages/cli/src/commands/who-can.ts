import { type Command, Option } from 'commander';
import { z } from 'zod';
import { defineAct } from '../admin/act.ts';
import { addAdminCommand, AdminSession } from '../admin/admin-command.ts';
import { parseAccountId, parseRegion } from '../argument-values.ts';
import type { CommandContext } from '../command-context.ts';
import { renderAccess } from '../explanation/render-access.ts';
import { keyAccess } from '../explanation/results.ts';

/** Who may use a key, under which conditions, and which statement or grant says so. */
export const whoCanAct = defineAct(
  'who-can',
  z.strictObject({
    key: z.string(),
    region: z.string().optional(),
    accountId: z.string().optional(),
    action: z.string().optional(),
    principal: z.string().optional(),
  }),
  keyAccess,
);

/** `keyhaven who-can`. */
export function addWhoCan(program: Command, context: CommandContext): void {
  const command = addAdminCommand(program, {
    name: 'who-can',
    summary: 'tell who may use a key, and why',
    description:
      'Tells who may do what with a key, under which conditions, and by which statement or grant: root users, users and ' +
      "roles of the key's account and of every account that its policy or a grant names, and the services named there. " +
      'Warns of statements about everyone, and about principals that do not exist. Nothing is changed.',
    examples: [
      'keyhaven who-can --key arn:aws:kms:eu-west-2:111122223333:alias/app',
      'keyhaven who-can --key arn:aws:kms:eu-west-2:111122223333:alias/app --action kms:Decrypt',
    ],
  });
  command
    .requiredOption('--key <arn>', 'The key or alias, by its ARN; by id or name with --region and --account.')
    .option('--action <action>', 'For one action alone: kms:Decrypt, for instance.')
    .option('--principal <arn>', 'For one principal alone.')
    .addOption(new Option('--region <region>', 'The Region, where no ARN says it.').argParser(parseRegion))
    .addOption(new Option('--account <id>', 'The account, where no ARN says it.').argParser(parseAccountId));
  command.action(async () => {
    const session = new AdminSession(command, context);
    const found = await session.perform(whoCanAct, {
      key: session.text('--key') ?? '',
      region: session.text('--region'),
      accountId: session.text('--account'),
      action: session.text('--action'),
      principal: session.text('--principal'),
    });
    session.print(found, renderAccess(found));
  });
}
