import { loadServicePlace } from '@keyhaven/server/config';
import type { Command } from 'commander';
import { z } from 'zod';
import { count, defineAct, nothing } from '../admin/act.ts';
import { addAdminCommand, AdminSession } from '../admin/admin-command.ts';
import { placeFlags } from '../admin/address.ts';
import type { CommandContext } from '../command-context.ts';
import { type CommandFailure, refused } from '../command-failure.ts';
import { findGiven } from '../option-flags.ts';
import { asFailure } from '../reading-options.ts';
import { enterSeal } from '../secrets/enter-seal.ts';
import { addPassphraseOptions } from '../secrets/secret-options.ts';
import { showPlain } from '../terminal/plain-text.ts';
import { ProgressLine } from '../terminal/progress.ts';

const report = z.object({
  findings: z.array(
    z.object({
      severity: z.enum(['damage', 'warning']),
      /** What was looked at, such as `journal-chain`. */
      check: z.string(),
      table: z.string().optional(),
      key: z.string().optional(),
      text: z.string(),
    }),
  ),
  findingsLeftOut: count,
  /** Rows that were read, by table. */
  counts: z.record(z.string(), count),
  journal: z.object({ segments: count, lines: count, bytes: count, waiting: count, isCompared: z.boolean() }),
  durationMs: count,
});

type Report = z.output<typeof report>;

/** Examines the service and its data folder, without changing anything. */
export const doctorAct = defineAct('doctor', nothing, report);

/** `keyhaven doctor`. */
export function addDoctor(parent: Command, context: CommandContext): void {
  const command = addAdminCommand(parent, {
    name: 'doctor',
    summary: 'examine a service and its data folder',
    description:
      'Reads the whole database and the whole journal of a running service, looks at files, seal and clock, and changes ' +
      'nothing. Ends with exit code 1 if something is damaged. With --offline it examines the folder of a service that ' +
      'does not run.',
    examples: ['keyhaven doctor', 'keyhaven doctor --json', 'keyhaven doctor --offline --data-dir /mnt/copy'],
  });
  command.option('--offline', 'Examine the data folder itself; no service may use it meanwhile.');
  addPassphraseOptions(command);
  command.action(async () => {
    const isOffline = findGiven(command, '--offline') === true;
    const found = isOffline ? await examineOffline(command, context) : await examineService(command, context);
    const isJson = findGiven(command, '--json') === true;
    context.terminal.output.write(isJson ? `${JSON.stringify(found, undefined, 2)}\n` : render(found));
    const damaged = found.findings.filter(({ severity }) => severity === 'damage').length;
    if (damaged > 0) throw damage(damaged);
  });
}

function damage(count_: number): CommandFailure {
  return refused(
    `${count_} ${count_ === 1 ? 'thing is' : 'things are'} not as Keyhaven wrote ${count_ === 1 ? 'it' : 'them'}.`,
    'Keep a copy of the folder for the inquiry, and restore from a backup: docs/restore.md.',
  );
}

function examineService(command: Command, context: CommandContext): Promise<Report> {
  return new AdminSession(command, context).perform(doctorAct, {});
}

async function examineOffline(command: Command, context: CommandContext): Promise<Report> {
  const { terminal, environment } = context;
  const progress = new ProgressLine(terminal);
  try {
    const { dataDir } = loadServicePlace(placeFlags(command), environment);
    const { examineFolder } = await import('@keyhaven/server');
    const enter = enterSeal(command, terminal, () => {
      progress.end();
    });
    const found = await examineFolder({ dataDir, enter }, (step) => {
      progress.show(step);
    });
    return report.parse(found);
  } catch (error) {
    throw asFailure(error);
  } finally {
    progress.end();
  }
}

const marks = { damage: 'DAMAGE ', warning: 'WARNING' } as const;

function render({ findings, findingsLeftOut, counts, journal, durationMs }: Report): string {
  const rows = Object.values(counts).reduce((sum, one) => sum + one, 0);
  const lines = findings.map(
    ({ severity, check, text }) => `${marks[severity]} ${check}: ${showPlain(text)}\n`,
  );
  if (findingsLeftOut > 0) lines.push(`and ${findingsLeftOut} more findings\n`);
  const read = `${rows} rows of the database and ${journal.lines} lines of the journal`;
  const outcome = findings.length === 0 ? 'All is as it should be.' : `${findings.length} findings.`;
  return `${lines.join('')}Read ${read} in ${(durationMs / 1000).toFixed(1)} s. ${outcome}\n`;
}
