import { optionTable, OptionValueError } from '@keyhaven/server/config';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { count, defineAct, instant } from '../admin/act.ts';
import { addAdminCommand, AdminSession, refuseOtherWords } from '../admin/admin-command.ts';
import type { CommandContext } from '../command-context.ts';
import { findGiven } from '../option-flags.ts';
import { renderFacts } from '../terminal/table.ts';

/**
 * Writes a backup of the running service. `to` is the absolute path of a folder on the machine of the service, outside
 * its data folder, or of a new file in one. Without recipients those of its options are taken.
 */
export const backupAct = defineAct(
  'backup',
  z.strictObject({ to: z.string().optional(), recipients: z.array(z.string()).optional() }),
  z.object({
    path: z.string(),
    bytes: count,
    /** Of the file, in hexadecimal. */
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    createdAt: instant,
    /** For whom it is encrypted. */
    recipients: z.array(z.string()),
  }),
);

/** `keyhaven backup`: writes one. Answers the command, for those below it. */
export function addBackup(parent: Command, context: CommandContext): Command {
  const command = addAdminCommand(parent, {
    name: 'backup',
    summary: 'write a backup of the running service',
    description:
      'Writes a backup of the running service, encrypted to age recipients: those given here, or else those of the ' +
      'options of the service. It opens with the identity of a recipient and the seal of this moment; keep both elsewhere.',
    examples: [
      'keyhaven backup --to /mnt/backups',
      'keyhaven backup --to /mnt/backups/monday.keyhaven',
      'keyhaven backup --to /mnt/backups --recipient age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg',
    ],
  });
  command
    .option(
      '--to <path>',
      'A folder on the machine of the service, outside its data folder, or a new file in one.',
    )
    .addOption(
      new Option('--recipient <age1...>', 'An age recipient to encrypt it to; may be repeated.').argParser(
        (text: string, previous: readonly string[] | undefined) => [
          ...(previous ?? []),
          ...parseRecipient(text),
        ],
      ),
    );
  command.allowExcessArguments().action(async () => {
    refuseOtherWords(command);
    const session = new AdminSession(command, context);
    const recipients = z.array(z.string()).optional().parse(findGiven(command, '--recipient'));
    const request = { to: session.servicePath('--to'), recipients };
    const result = await session.perform(backupAct, request);
    session.print(result, renderBackup(result));
  });
  return command;
}

function parseRecipient(text: string): readonly string[] {
  try {
    return optionTable.backupRecipients.parse([text]);
  } catch (error) {
    if (error instanceof OptionValueError) throw new InvalidArgumentError(`These ${error.message}.`);
    throw error;
  }
}

function renderBackup({
  path,
  bytes,
  sha256,
  createdAt,
  recipients,
}: z.output<typeof backupAct.result>): string {
  return renderFacts([
    ['Backup', path],
    ['Created', createdAt],
    ['Bytes', String(bytes)],
    ['SHA-256', sha256],
    ['Encrypted to', recipients.join(', ')],
  ]);
}
