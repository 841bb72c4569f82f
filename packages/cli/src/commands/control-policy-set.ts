import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { accountId, controlPolicyName, controlPolicyType, defineAct } from '../admin/act.ts';
import { addAdminCommand, AdminSession } from '../admin/admin-command.ts';
import { parseAccountId, parsePolicyName } from '../argument-values.ts';
import type { CommandContext } from '../command-context.ts';
import { refused } from '../command-failure.ts';
import { showPlain } from '../terminal/plain-text.ts';

/** Limits an account by a policy that its principals cannot change; another of the same name and type is replaced. */
export const controlPolicySetAct = defineAct(
  'control-policy-set',
  z.strictObject({ accountId, type: controlPolicyType, name: controlPolicyName, document: z.string() }),
  z.object({ accountId, type: controlPolicyType, name: controlPolicyName }),
);

/** `keyhaven control-policy set`. */
export function addControlPolicySet(parent: Command, context: CommandContext): void {
  const command = addAdminCommand(parent, {
    name: 'set',
    summary: 'limit an account by a policy',
    description:
      'Limits an account by a policy that none of its principals can change, from the next request on. A service control ' +
      "policy limits what the account's own principals may do, a resource control policy what anyone may do to its keys. " +
      'A policy of the same name and type is replaced.',
    examples: [
      'keyhaven control-policy set --account 111122223333 --type service --name no-deletion --file no-deletion.json',
    ],
  });
  addPolicyOptions(command);
  command.addOption(new Option('--file <file>', 'The policy, a JSON document.').makeOptionMandatory());
  command.action(async () => {
    const session = new AdminSession(command, context);
    const document = readDocument(session.text('--file') ?? '');
    const result = await session.perform(controlPolicySetAct, { ...policyOf(session), document });
    session.print(
      result,
      `The ${result.type} control policy ${result.name} limits the account ${result.accountId}.\n`,
    );
  });
}

/** Adds the options that name a control policy. */
export function addPolicyOptions(command: Command): void {
  command
    .addOption(
      new Option('--account <account-id>', 'The account.').argParser(parseAccountId).makeOptionMandatory(),
    )
    .addOption(
      new Option('--type <type>', 'What it limits.').choices(controlPolicyType.options).makeOptionMandatory(),
    )
    .addOption(
      new Option('--name <name>', 'The name of the policy.').argParser(parsePolicyName).makeOptionMandatory(),
    );
}

/** What `addPolicyOptions` took. */
export function policyOf(session: AdminSession) {
  return {
    accountId: session.text('--account') ?? '',
    type: controlPolicyType.parse(session.text('--type')),
    name: session.text('--name') ?? '',
  };
}

function readDocument(path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch {
    throw refused(
      `The file ${showPlain(path)} cannot be read as UTF-8 text.`,
      'Name the file of the policy.',
    );
  }
}
