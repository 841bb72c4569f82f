import { type Command, Option } from 'commander';
import { z } from 'zod';
import { defineAct, newSeal, secretText } from '../admin/act.ts';
import { addAdminCommand, AdminSession } from '../admin/admin-command.ts';
import { parseRegion, parseShareNumber } from '../argument-values.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandFailure, exitCodes } from '../command-failure.ts';
import { findGiven } from '../option-flags.ts';
import { HandOut } from '../secrets/hand-out.ts';
import { readSecret } from '../secrets/read-secret.ts';
import { addPassphraseOptions, readPassphraseSource } from '../secrets/secret-options.ts';
import { handOutShares } from '../secrets/show-shares.ts';

/** Wraps the root keys under a new sealing key; the old seal opens nothing from then on. */
export const sealChangeAct = defineAct(
  'seal-change',
  z.strictObject({ seal: newSeal }),
  z.object({ kind: z.string(), shares: z.array(secretText).optional(), ticket: z.string().optional() }),
);

/** Puts a seal of shares there; until then the old one stays, so that nothing is lost with shares that got lost. */
export const sealChangeConfirmAct = defineAct(
  'seal-change-confirm',
  z.strictObject({ ticket: z.string() }),
  z.object({ kind: z.string() }),
);

type NewSeal = z.input<typeof newSeal>;
const sealKind = z.enum(['passphrase', 'shamir', 'kms', 'file']);

/** `keyhaven seal change`. */
export function addSealChange(parent: Command, context: CommandContext): void {
  const command = addAdminCommand(parent, {
    name: 'change',
    summary: 'change to another seal, passphrase or set of shares',
    description:
      'Wraps the root key by another seal, or anew by one of the same kind. Backups made before still open with the old ' +
      'seal: if it has leaked, run keyhaven root rotate as well.',
    examples: [
      'keyhaven seal change --seal passphrase',
      'keyhaven seal change --seal shamir --shares 5 --threshold 3 --shares-dir /media/usb',
      'keyhaven seal change --seal kms --kms-key-id alias/keyhaven --kms-region eu-west-2',
    ],
  });
  command.addOption(
    new Option('--seal <kind>', 'The kind of the new seal.').choices(sealKind.options).makeOptionMandatory(),
  );
  addPassphraseOptions(command);
  addSharesOptions(command);
  addKmsOptions(command);
  command.action(async () => {
    const session = new AdminSession(command, context);
    await changeSeal(session, await readNewSeal(session, command));
  });
}

function addSharesOptions(command: Command): void {
  command
    .addOption(
      new Option('--shares <number>', 'shamir: how many shares there are.').argParser(parseShareNumber),
    )
    .addOption(
      new Option('--threshold <number>', 'shamir: how many shares open the seal.').argParser(
        parseShareNumber,
      ),
    )
    .option(
      '--shares-dir <folder>',
      'shamir: write each share into a file of this folder instead of showing it.',
    );
}

function addKmsOptions(command: Command): void {
  command
    .option('--kms-key-id <key>', 'kms: id, ARN or alias of the KMS key that the seal uses.')
    .addOption(new Option('--kms-region <region>', 'kms: the Region of that key.').argParser(parseRegion))
    .option('--kms-endpoint <url>', 'kms: the endpoint, if it is not that of AWS.')
    .option(
      '--kms-ca-file <file>',
      'kms: a PEM file with the authorities to trust for it, on the machine of the service.',
    );
}

async function readNewSeal(session: AdminSession, command: Command): Promise<NewSeal> {
  const number = (flag: string) => z.number().optional().parse(findGiven(command, flag));
  const need = <Value>(value: Value | undefined, flag: string): Value => {
    if (value !== undefined) return value;
    const kind = session.text('--seal') ?? '';
    throw new CommandFailure(`--seal ${kind} needs ${flag}.`, 'Give it as well.', exitCodes.usage);
  };
  switch (sealKind.parse(session.text('--seal'))) {
    case 'passphrase': {
      const request = { what: 'passphrase', flags: '--passphrase-file or --passphrase-fd', isNew: true };
      const passphrase = await readSecret(readPassphraseSource(command), request, session.terminal);
      return { kind: 'passphrase', passphrase };
    }
    case 'shamir':
      return {
        kind: 'shamir',
        shares: need(number('--shares'), '--shares'),
        threshold: need(number('--threshold'), '--threshold'),
      };
    case 'kms': {
      return {
        kind: 'kms',
        keyId: need(session.text('--kms-key-id'), '--kms-key-id'),
        region: need(session.text('--kms-region'), '--kms-region'),
        endpoint: session.text('--kms-endpoint'),
        caFile: session.servicePath('--kms-ca-file'),
      };
    }
    case 'file':
      return { kind: 'file' };
  }
}

async function changeSeal(session: AdminSession, seal: NewSeal): Promise<void> {
  const isShared = seal.kind === 'shamir';
  if (isShared && seal.threshold > seal.shares)
    throw new CommandFailure('--threshold is larger than --shares.', 'Give a smaller one.', exitCodes.usage);
  using out = HandOut.toFolder(
    isShared ? session.text('--shares-dir') : undefined,
    isShared ? seal.shares : 0,
  );
  try {
    const { kind, shares = [], ticket } = await session.perform(sealChangeAct, { seal });
    const sentence = `The seal is now of the kind ${kind}.\n`;
    if (!isShared || ticket === undefined) {
      session.print({ kind }, sentence);
      return;
    }
    const { json, text } = handOutShares(shares, seal.threshold, out, session.terminal);
    session.print({ kind, ...json }, text);
    await session.perform(sealChangeConfirmAct, { ticket });
    if (!session.isJson) session.terminal.output.write(sentence);
  } finally {
    if (seal.kind === 'passphrase') seal.passphrase.dispose();
  }
}
