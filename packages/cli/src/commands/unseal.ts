import type { Command } from 'commander';
import { z } from 'zod';
import { defineAct, secretBytes, shareProgress } from '../admin/act.ts';
import { addAdminCommand, AdminSession } from '../admin/admin-command.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandFailure, exitCodes } from '../command-failure.ts';
import { readSecret } from '../secrets/read-secret.ts';
import { addPassphraseOptions, readPassphraseSource } from '../secrets/secret-options.ts';
import { statusAct } from './status.ts';

/** Opens the seal with what was entered; a seal that needs nothing is tried again. With a share it may stay sealed. */
export const unsealAct = defineAct(
  'unseal',
  z.union([
    z.strictObject({ passphrase: secretBytes }),
    z.strictObject({ share: secretBytes }),
    z.strictObject({}),
  ]),
  z.object({ isSealed: z.boolean(), shares: shareProgress.optional() }),
);

type Unsealed = z.output<typeof unsealAct.result>;

/** `keyhaven unseal`. */
export function addUnseal(parent: Command, context: CommandContext): void {
  const command = addAdminCommand(parent, {
    name: 'unseal',
    summary: 'open the seal, so that the service can use its keys',
    description:
      'Opens the seal of a running service: with the passphrase or, once for each share, with shares. You are asked for ' +
      'them unless a file or file descriptor is named; they are never taken from the command line, which others can see.',
    examples: [
      'keyhaven unseal',
      'keyhaven unseal --passphrase-file /run/secrets/passphrase',
      'keyhaven unseal --passphrase-fd 3 3< passphrase.txt',
      'keyhaven unseal --share-file share-1.txt',
      'pass show keyhaven | keyhaven unseal --passphrase-file -',
    ],
  });
  addPassphraseOptions(command);
  command.option('--share-file <file>', 'The file to read a share from; - is standard input.');
  command.action(async () => {
    const session = new AdminSession(command, context);
    const source = readPassphraseSource(command);
    refuseTwoSecrets(session, source.file ?? source.fd);
    const status = await session.perform(statusAct, {});
    if (!status.seal.isSealed) {
      session.print({ isSealed: false }, 'The service is not sealed.\n');
      return;
    }
    const unsealed = await unseal(session, command, status.seal.needs);
    session.print(unsealed, describe(unsealed));
  });
}

async function unseal(
  session: AdminSession,
  command: Command,
  needs: 'nothing' | 'passphrase' | 'shares',
): Promise<Unsealed> {
  const { terminal } = session;
  const shareFile = session.text('--share-file');
  if (shareFile !== undefined || needs === 'shares') {
    const source = { file: shareFile, fd: undefined };
    using share = await readSecret(source, { what: 'share', flags: '--share-file', isNew: false }, terminal);
    return await session.perform(unsealAct, { share });
  }
  const source = readPassphraseSource(command);
  if (needs === 'nothing' && source.file === undefined && source.fd === undefined)
    return session.perform(unsealAct, {});
  const flags = '--passphrase-file or --passphrase-fd';
  using passphrase = await readSecret(source, { what: 'passphrase', flags, isNew: false }, terminal);
  return await session.perform(unsealAct, { passphrase });
}

function refuseTwoSecrets(session: AdminSession, passphrase: string | number | undefined): void {
  if (passphrase === undefined || session.text('--share-file') === undefined) return;
  throw new CommandFailure(
    'A passphrase and a share are both given.',
    'Give the one that opens this seal: keyhaven seal status',
    exitCodes.usage,
  );
}

function describe({ isSealed, shares }: Unsealed): string {
  if (!isSealed) return 'The service is unsealed.\n';
  if (shares === undefined) return 'The service is still sealed.\n';
  const left = shares.needed - shares.entered;
  return `${shares.entered} of ${shares.needed} shares entered; ${left} more ${left === 1 ? 'is' : 'are'} needed.\n`;
}
