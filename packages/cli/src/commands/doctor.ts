import { loadServicePlace } from '@keyhaven/server/config';
import type { Command } from 'commander';
import { z } from 'zod';
import { defineAct, nothing } from '../admin/act.ts';
import { addAdminCommand, AdminSession } from '../admin/admin-command.ts';
import { placeFlags } from '../admin/address.ts';
import type { CommandContext } from '../command-context.ts';
import { refused } from '../command-failure.ts';
import { findGiven } from '../option-flags.ts';
import { asFailure } from '../reading-options.ts';
import { addSealOptions, enterSeal } from '../secrets/enter-seal.ts';
import { showPlain } from '../terminal/plain-text.ts';
import { ProgressLine } from '../terminal/progress.ts';

/** What an examination found, one line for each check. */
const report = z.object({
  findings: z.array(
    z.object({
      /** Its name, such as `journal-chain`. */
      check: z.string(),
      level: z.enum(['good', 'warning', 'failure']),
      /** What was found, as a sentence. */
      text: z.string(),
      nextStep: z.string().optional(),
    }),
  ),
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
  addSealOptions(command);
  command.action(async () => {
    const isOffline = findGiven(command, '--offline') === true;
    const found = isOffline ? await examineOffline(command, context) : await examineService(command, context);
    const isJson = findGiven(command, '--json') === true;
    context.terminal.output.write(isJson ? `${JSON.stringify(found, undefined, 2)}\n` : render(found));
    const failures = found.findings.filter(({ level }) => level === 'failure').length;
    if (failures > 0)
      throw refused(`${failures} of ${found.findings.length} checks failed.`, 'See above what to do.');
  });
}

function examineService(command: Command, context: CommandContext): Promise<Report> {
  return new AdminSession(command, context).perform(doctorAct, {});
}

async function examineOffline(command: Command, context: CommandContext): Promise<Report> {
  const { terminal, environment } = context;
  const progress = new ProgressLine(terminal);
  try {
    const { dataDir } = loadServicePlace(placeFlags(command), environment);
    const { examineFolder, reportLines } = await import('@keyhaven/server');
    const enter = enterSeal(command, terminal, () => {
      progress.end();
    });
    const found = await examineFolder({ dataDir, enter }, (step) => {
      progress.show(step);
    });
    return report.parse({ findings: reportLines(found) });
  } catch (error) {
    throw asFailure(error);
  } finally {
    progress.end();
  }
}

const marks = { good: 'good    ', warning: 'WARNING ', failure: 'FAILURE ' } as const;

function render({ findings }: Report): string {
  const lines = findings.map(({ check, level, text, nextStep }) => {
    const next = nextStep === undefined ? '' : `\n        ${inOneLine(nextStep)}`;
    return `${marks[level]}${inOneLine(`${check}: ${text}`)}${next}\n`;
  });
  return lines.join('');
}

function inOneLine(text: string): string {
  return showPlain(text).replaceAll('\n', ' ');
}
