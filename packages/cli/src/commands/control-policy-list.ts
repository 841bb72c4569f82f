import { type Command, Option } from 'commander';
import { z } from 'zod';
import { accountId, controlPolicyType, defineAct } from '../admin/act.ts';
import { addAdminCommand, AdminSession } from '../admin/admin-command.ts';
import { parseAccountId } from '../argument-values.ts';
import type { CommandContext } from '../command-context.ts';
import { renderTable } from '../terminal/table.ts';

/** The control policies of an account, with their documents. */
export const controlPolicyListAct = defineAct(
  'control-policy-list',
  z.strictObject({ accountId }),
  z.object({
    accountId,
    policies: z.array(z.object({ type: controlPolicyType, name: z.string(), document: z.string() })),
  }),
);

/** `keyhaven control-policy list`. */
export function addControlPolicyList(parent: Command, context: CommandContext): void {
  const command = addAdminCommand(parent, {
    name: 'list',
    summary: 'list the control policies of an account',
    description: 'Lists the control policies of an account. Their documents are shown with --json.',
    examples: [
      'keyhaven control-policy list --account 111122223333',
      'keyhaven control-policy list --account 111122223333 --json',
    ],
  });
  command.addOption(
    new Option('--account <account-id>', 'The account.').argParser(parseAccountId).makeOptionMandatory(),
  );
  command.action(async () => {
    const session = new AdminSession(command, context);
    const request = { accountId: session.text('--account') ?? '' };
    const result = await session.perform(controlPolicyListAct, request);
    const rows = result.policies.map(({ type, name, document }) => [type, String(document.length), name]);
    const headings = ['TYPE', 'CHARACTERS', 'NAME'];
    session.print(result, renderTable(headings, rows, 'The account has no control policies.'));
  });
}
