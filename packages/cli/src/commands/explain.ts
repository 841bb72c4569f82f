import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { defineAct } from '../admin/act.ts';
import { addAdminCommand, AdminSession } from '../admin/admin-command.ts';
import { parseAccountId, parseRegion } from '../argument-values.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandFailure, exitCodes, refused } from '../command-failure.ts';
import { collectCondition } from '../explanation/given-conditions.ts';
import { renderExplanation } from '../explanation/render-explanation.ts';
import { renderRecord } from '../explanation/render-record.ts';
import { explainedRecord, explanation } from '../explanation/results.ts';
import { findGiven } from '../option-flags.ts';

/** Why a request would be allowed or refused that nobody has made. */
export const explainAct = defineAct(
  'explain',
  z.strictObject({
    principal: z.string(),
    action: z.string(),
    key: z.string().optional(),
    region: z.string().optional(),
    accountId: z.string().optional(),
    conditions: z.record(z.string(), z.array(z.string())).optional(),
    sessionPolicies: z.array(z.string()).optional(),
  }),
  explanation,
);

/** Why a request of the journal was allowed or refused, and whether it would be today. */
export const explainRequestAct = defineAct(
  'explain-request',
  z.strictObject({ requestId: z.string() }),
  explainedRecord,
);

const supposing = [
  '--principal',
  '--action',
  '--key',
  '--region',
  '--account',
  '--condition',
  '--session-policy',
];

/** `keyhaven explain`. */
export function addExplain(program: Command, context: CommandContext): void {
  const command = addAdminCommand(program, {
    name: 'explain',
    summary: 'tell why a request was, or would be, allowed or refused',
    description:
      'Tells why a request was allowed or refused, and what would allow it. Either a request that was made, by its ' +
      'request id, with what was decided then and what would be now; or one that nobody has made, by who asks for ' +
      'what. Nothing is changed and no key is used. Ends with exit code 0 whichever the answer is.',
    examples: [
      'keyhaven explain --request-id 0e7cb7fd-89a9-4a49-8bb8-2fd15c1bd4a1',
      'keyhaven explain --principal arn:aws:iam::111122223333:user/alice --action kms:Decrypt \\',
      '    --key arn:aws:kms:eu-west-2:111122223333:alias/app --condition kms:EncryptionContext:purpose=backup',
    ],
  });
  addSupposition(command);
  command.action(async () => {
    const session = new AdminSession(command, context);
    const requestId = session.text('--request-id');
    if (requestId === undefined) {
      const found = await session.perform(explainAct, readSupposition(command, session));
      session.print(found, renderExplanation(found));
      return;
    }
    const other = supposing.find((flag) => findGiven(command, flag) !== undefined);
    if (other !== undefined)
      throw misuse(
        `--request-id and ${other} ask two questions.`,
        'The record tells the rest: leave it out.',
      );
    const found = await session.perform(explainRequestAct, { requestId });
    session.print(found, renderRecord(found));
  });
}

function addSupposition(command: Command): void {
  command
    .option('--request-id <id>', 'A request that was made: its id, from the reply or the error.')
    .option(
      '--principal <arn>',
      'Who asks: a user, role, role session or root user, or a service by its name.',
    )
    .option('--action <action>', 'For what: kms:Decrypt, for instance.')
    .option('--key <arn>', 'The key or alias, by its ARN; by id or name with --region and --account.')
    .addOption(new Option('--region <region>', 'The Region, where no ARN says it.').argParser(parseRegion))
    .addOption(
      new Option('--account <id>', "The key's account, if not the principal's.").argParser(parseAccountId),
    )
    .addOption(
      new Option(
        '--condition <key=value>',
        'What the request says for a condition key; may be given several times.',
      ).argParser(collectCondition),
    )
    .addOption(
      new Option(
        '--session-policy <file>',
        'A policy that limits the session, as JSON; may be given several times.',
      ).argParser((file: string, before: readonly string[] | undefined) => [...(before ?? []), file]),
    );
}

const givenConditions = z.record(z.string(), z.array(z.string())).optional();
const givenFiles = z.array(z.string()).optional();

function readSupposition(command: Command, session: AdminSession) {
  const [principal, action] = [session.text('--principal'), session.text('--action')];
  if (principal === undefined || action === undefined)
    throw misuse(
      'What is to be explained?',
      'Give --request-id, or --principal and --action (and --key). See keyhaven explain --help.',
    );
  const conditions = givenConditions.parse(findGiven(command, '--condition'));
  const files = givenFiles.parse(findGiven(command, '--session-policy'));
  return {
    principal,
    action,
    key: session.text('--key'),
    region: session.text('--region'),
    accountId: session.text('--account'),
    conditions,
    sessionPolicies: files?.map(readPolicy),
  };
}

function readPolicy(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw refused(
      `--session-policy ${file} cannot be read.`,
      'Name a file with an identity-based policy as JSON.',
    );
  }
}

function misuse(reason: string, nextStep: string): CommandFailure {
  return new CommandFailure(reason, nextStep, exitCodes.usage);
}
