import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { addCommand } from '../admin/admin-command.ts';
import { now } from '../clock.ts';
import type { CommandContext } from '../command-context.ts';
import { refused } from '../command-failure.ts';
import { findGiven } from '../option-flags.ts';

/** `keyhaven backup identity`: makes the key pair that backups are encrypted to and opened with. */
export function addBackupIdentity(parent: Command, { terminal }: CommandContext): void {
  const command = addCommand(parent, {
    name: 'identity <file>',
    summary: 'make the key pair that backups are encrypted to',
    description:
      'Makes an age identity, which opens backups, in a new file, and prints its recipient, which encrypts them. Keep the ' +
      'file away from the machine of the service. By default it withstands quantum computers (ML-KEM-768 with X25519); ' +
      'with --classical (X25519) its recipient is short, and older versions of age know it.',
    examples: ['keyhaven backup identity recovery.txt', 'keyhaven backup identity recovery.txt --classical'],
  });
  command.option('--classical', 'X25519 alone.');
  command.action(async (file: string) => {
    const { generateHybridIdentity, generateX25519Identity, identityToRecipient } =
      await import('age-encryption');
    const isClassical = findGiven(command, '--classical') === true;
    const identity = await (isClassical ? generateX25519Identity() : generateHybridIdentity());
    const recipient = await identityToRecipient(identity);
    const created = new Date(now()).toISOString();
    writeNew(file, `# created: ${created}\n# public key: ${recipient}\n${identity}\n`);
    terminal.output.write(`${recipient}\n`);
  });
}

/** Never over another: it would lose every backup that the other opens. */
function writeNew(file: string, content: string): void {
  try {
    writeFileSync(file, content, { mode: 0o600, flag: 'wx', flush: true });
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    throw refused(
      isThere ? `The file ${file} is there already.` : `The file ${file} cannot be written.`,
      'Name another one.',
    );
  }
}
