import type { Command } from 'commander';
import { z } from 'zod';
import { defineAct, nothing } from '../admin/act.ts';
import { addAdminCommand, AdminSession } from '../admin/admin-command.ts';
import type { CommandContext } from '../command-context.ts';
import { refused } from '../command-failure.ts';
import { showPlain } from '../terminal/plain-text.ts';

/** What an examination found, one finding for each check. */
export const findings = z.array(
  z.object({
    /** Its name, such as `journal chain`. */
    check: z.string(),
    level: z.enum(['good', 'warning', 'failure']),
    /** What was found, as a sentence. */
    text: z.string(),
    nextStep: z.string().optional(),
  }),
);

/** Examines the service and its data folder, without changing anything. */
export const doctorAct = defineAct('doctor', nothing, z.object({ findings }));

/** `keyhaven doctor`. */
export function addDoctor(parent: Command, context: CommandContext): void {
  const command = addAdminCommand(parent, {
    name: 'doctor',
    summary: 'examine the running service and its data',
    description:
      'Examines the running service, its database, journal, seal and clock, and changes nothing. Ends with exit code 1 ' +
      'if something failed its check.',
    examples: ['keyhaven doctor', 'keyhaven doctor --json'],
  });
  command.action(async () => {
    const session = new AdminSession(command, context);
    const result = await session.perform(doctorAct, {});
    session.print(result, renderFindings(result.findings));
    const failures = result.findings.filter(({ level }) => level === 'failure').length;
    if (failures > 0)
      throw refused(`${failures} of ${result.findings.length} checks failed.`, 'See above what to do.');
  });
}

const marks = { good: 'good    ', warning: 'WARNING ', failure: 'FAILURE ' } as const;

function renderFindings(found: z.output<typeof findings>): string {
  const lines = found.map(({ check, level, text, nextStep }) => {
    const next = nextStep === undefined ? '' : `\n        ${inOneLine(nextStep)}`;
    return `${marks[level]}${inOneLine(`${check}: ${text}`)}${next}\n`;
  });
  return lines.join('');
}

function inOneLine(text: string): string {
  return showPlain(text).replaceAll('\n', ' ');
}
