import { resolve } from 'node:path';
import { optionTable } from '@keyhaven/server/config';
import type { Command } from 'commander';
import { addCommand } from '../admin/admin-command.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandFailure, exitCodes } from '../command-failure.ts';
import { addTableOption, findGiven } from '../option-flags.ts';
import { asFailure } from '../reading-options.ts';
import { addSealOptions, enterSeal } from '../secrets/enter-seal.ts';

import { ProgressLine } from '../terminal/progress.ts';
import { renderFacts } from '../terminal/table.ts';

const dataDirSpec = {
  ...optionTable.dataDir,
  doc: 'The folder to restore into; it must be absent or empty.',
};

/** `keyhaven restore`. */
export function addRestore(program: Command, context: CommandContext): void {
  const command = addCommand(program, {
    name: 'restore <backup>',
    summary: 'restore a backup into a new data folder',
    description:
      'Restores a backup into a folder of its own, verifies every row, and destroys again what was destroyed after the ' +
      'backup was made, as the journal tells. Without the journal it is refused, because destroyed keys would come back.',
    examples: [
      'keyhaven restore keyhaven-backup-20300131T120000Z.age --identity-file recovery.txt \\',
      '    --data-dir /var/lib/keyhaven-restored --journal /var/lib/keyhaven/journal',
      'keyhaven restore old.age --identity-file recovery.txt --data-dir restored --allow-unsafe lost-destructions',
    ],
  });
  command
    .requiredOption('--identity-file <file>', 'The file with the age identity that opens the backup.')
    .option('--journal <folder>', 'The journal of the installation, as it went on after the backup.')
    .option('--seal-key-file <file>', 'The file-seal.key of an installation that was sealed by a file.')
    .option(
      '--allow-unsafe <name>',
      'lost-destructions: restore without the journal; keys that were destroyed since come back.',
    )
    .option('--json', 'Print the result as JSON.');
  addTableOption(command, dataDirSpec, 'Options:');
  addSealOptions(command);
  command.action(async (backup: string) => {
    await restore(command, backup, context);
  });
}

async function restore(command: Command, backup: string, { terminal }: CommandContext): Promise<void> {
  const text = (flag: string) => {
    const value = findGiven(command, flag);
    return typeof value === 'string' ? value : undefined;
  };
  const progress = new ProgressLine(terminal);
  try {
    const { restoreBackup } = await import('@keyhaven/server');
    const keyFile = text('--seal-key-file');
    const enter = enterSeal(command, terminal, () => {
      progress.end();
    });
    const result = await restoreBackup(
      {
        backup: resolve(backup),
        identityFile: resolve(text('--identity-file') ?? ''),
        dataDir: resolve(dataDirOf(command)),
        journal: resolveGiven(text('--journal')),
        allow: readAllowed(text('--allow-unsafe')),
        seal: { enter, ...(keyFile === undefined ? {} : { keyFile: resolve(keyFile) }) },
      },
      (step) => {
        progress.show(step);
      },
    );
    progress.end();
    const isJson = findGiven(command, '--json') === true;
    terminal.output.write(isJson ? `${JSON.stringify(result, undefined, 2)}\n` : describe(result));
  } catch (error) {
    throw asFailure(error);
  } finally {
    progress.end();
  }
}

function resolveGiven(path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(path);
}

function dataDirOf(command: Command): string {
  const given = findGiven(command, '--data-dir');
  const [path] = Array.isArray(given) ? (given as readonly string[]) : [];
  if (path !== undefined) return path;
  throw new CommandFailure(
    'It is not said which folder to restore into.',
    'Name a new one with --data-dir.',
    exitCodes.usage,
  );
}

function readAllowed(name: string | undefined): ReadonlySet<'lost-destructions'> {
  if (name === undefined) return new Set();
  if (name === 'lost-destructions') return new Set(['lost-destructions']);
  throw new CommandFailure(
    `A restore has no unsafe thing called ${name}.`,
    'There is one: lost-destructions.',
    exitCodes.usage,
  );
}

interface Restored {
  readonly dataDir: string;
  readonly installationId: string;
  readonly rows: number;
  readonly journalEndsAt: number | undefined;
  /** Epoch milliseconds. */
  readonly backupMadeAt: number;
  readonly destructionsReplayed: number;
  readonly materialDeletionsReplayed: number;
  /** Whether keys may be back that were destroyed since: the journal was not given. */
  readonly destructionsUnknown: boolean;
  readonly changesLost: number;
  readonly pendingDeletions: number;
}

function describe(restored: Restored): string {
  const { dataDir, installationId, rows, journalEndsAt, backupMadeAt, destructionsReplayed } = restored;
  const facts = renderFacts([
    ['Restored', dataDir],
    ['Installation', installationId],
    ['As of', new Date(backupMadeAt).toISOString()],
    ['Rows', String(rows)],
    ['Journal to', journalEndsAt === undefined ? 'not given' : new Date(journalEndsAt).toISOString()],
    ['Destroyed again', `${destructionsReplayed} ${destructionsReplayed === 1 ? 'key' : 'keys'}`],
    ...deletedMaterials(restored),
  ]);
  return `${facts}${warningsOf(restored)}
Put its configuration file keyhaven.yaml, certificate and key there, which are in no backup, and serve it:

  keyhaven serve --data-dir ${dataDir}
`;
}

/** Told only where there was some: most installations import nothing. */
function deletedMaterials({ materialDeletionsReplayed: count }: Restored): readonly [string, string][] {
  return count === 0
    ? []
    : [['Deleted again', `${count} imported key ${count === 1 ? 'material' : 'materials'}`]];
}

/** What the backup cannot bring back, and what it may have brought back. */
function warningsOf({ destructionsUnknown, changesLost, pendingDeletions }: Restored): string {
  return [
    destructionsUnknown ? 'Keys that were destroyed after the backup are back: destroy them again.\n' : '',
    changesLost === 0
      ? ''
      : `${changesLost} changes since are lost; disabled access keys and accounts among them are back.\n`,
    pendingDeletions === 0
      ? ''
      : `${pendingDeletions} keys wait for their deletion; it is held, because it may have been cancelled since. ` +
        'Look at keyhaven jobs, and then run keyhaven jobs release.\n',
  ].join('');
}
