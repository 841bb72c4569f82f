import type { Command } from 'commander';
import { z } from 'zod';
import { accountId, controlPolicyName, controlPolicyType, defineAct } from '../admin/act.ts';
import { addAdminCommand, AdminSession } from '../admin/admin-command.ts';
import type { CommandContext } from '../command-context.ts';
import { addPolicyOptions, policyOf } from './control-policy-set.ts';

const policy = { accountId, type: controlPolicyType, name: controlPolicyName };

/** Takes a limit of an account away. */
export const controlPolicyRemoveAct = defineAct(
  'control-policy-remove',
  z.strictObject(policy),
  z.object(policy),
);

/** `keyhaven control-policy remove`. */
export function addControlPolicyRemove(parent: Command, context: CommandContext): void {
  const command = addAdminCommand(parent, {
    name: 'remove',
    summary: 'take a control policy of an account away',
    description:
      'Takes a control policy of an account away, from the next request on. Without the last one of its type, nothing of ' +
      'that type limits the account.',
    examples: ['keyhaven control-policy remove --account 111122223333 --type service --name no-deletion'],
  });
  addPolicyOptions(command);
  command.action(async () => {
    const session = new AdminSession(command, context);
    const result = await session.perform(controlPolicyRemoveAct, policyOf(session));
    session.print(
      result,
      `The ${result.type} control policy ${result.name} of the account ${result.accountId} is removed.\n`,
    );
  });
}
