import type { Command } from 'commander';
import { z } from 'zod';
import { count, defineAct, instant, nothing } from '../admin/act.ts';
import { addAdminCommand, AdminSession, refuseOtherWords } from '../admin/admin-command.ts';
import type { CommandContext } from '../command-context.ts';
import { renderTable } from '../terminal/table.ts';

/** What the service does by itself: rotation, destruction, rewrapping. */
export const jobsAct = defineAct(
  'jobs',
  nothing,
  z.object({
    /** Whether what cannot be undone (destruction) waits for `jobs-release`. */
    isHeld: z.boolean(),
    jobs: z.array(
      z.object({
        name: z.string(),
        state: z.enum(['idle', 'running', 'held', 'waiting', 'failed']),
        /** How much is due or left to do. */
        due: count,
        lastRunAt: instant.optional(),
        nextRunAt: instant.optional(),
        /** Why it waits or failed, as a sentence. */
        note: z.string().optional(),
      }),
    ),
  }),
);

/** `keyhaven jobs`: tells what the service does by itself. Answers the command, for those below it. */
export function addJobs(parent: Command, context: CommandContext): Command {
  const command = addAdminCommand(parent, {
    name: 'jobs',
    summary: 'tell what the service does by itself, hold or release destruction',
    description:
      'Tells what the service does by itself, such as rotation and destruction, and when it does it next.',
    examples: ['keyhaven jobs', 'keyhaven jobs hold', 'keyhaven jobs release'],
  });
  command.allowExcessArguments().action(async () => {
    refuseOtherWords(command);
    const session = new AdminSession(command, context);
    const result = await session.perform(jobsAct, {});
    const rows = result.jobs.map(({ name, state, due, lastRunAt = '-', nextRunAt = '-', note = '' }) => {
      return [name, state, String(due), lastRunAt, nextRunAt, note];
    });
    const table = renderTable(['JOB', 'STATE', 'DUE', 'LAST', 'NEXT', 'NOTE'], rows, 'There are no jobs.');
    const held = 'Destruction is held. Release it with: keyhaven jobs release\n';
    session.print(result, table + (result.isHeld ? held : ''));
  });
  return command;
}
