import type { Command } from 'commander';
import { z } from 'zod';
import { count, defineAct, instant, nothing } from '../admin/act.ts';
import { addAdminCommand, AdminSession, refuseOtherWords } from '../admin/admin-command.ts';
import type { CommandContext } from '../command-context.ts';
import { renderTable } from '../terminal/table.ts';

/** What the service does by itself: what waits for its time, is due, is held, or was done. */
export const jobsAct = defineAct(
  'jobs',
  nothing,
  z.object({
    destruction: z.object({
      /** Since when an operator holds it. */
      heldByOperatorSince: instant.optional(),
      /** Running time that it still waits for, because the clocks disagreed. */
      heldByClockMs: count,
    }),
    jobs: z.array(
      z.object({
        job: z.enum(['destroy key', 'rotate key', 'expire key material']),
        key: z.string(),
        at: instant,
        state: z.enum(['waiting', 'due', 'held', 'done']),
      }),
    ),
    /** Whether there are more than these. */
    isCutShort: z.boolean(),
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
    const rows = result.jobs.map(({ job, state, at, key }) => [job, state, at, key]);
    const table = renderTable(['JOB', 'STATE', 'AT', 'KEY'], rows, 'Nothing waits, and nothing was done.');
    session.print(result, table + renderHolds(result));
  });
  return command;
}

function renderHolds({ destruction, isCutShort }: z.output<typeof jobsAct.result>): string {
  const { heldByOperatorSince, heldByClockMs } = destruction;
  const hours = Math.ceil(heldByClockMs / 3_600_000);
  return [
    isCutShort ? 'There are more; these are the next ones and the last ones.\n' : '',
    heldByOperatorSince === undefined
      ? ''
      : `Destruction is held since ${heldByOperatorSince}. Release it with: keyhaven jobs release\n`,
    hours === 0
      ? ''
      : `Destruction waits ${hours} more hours of running time, because the clock was not as expected.\n`,
  ].join('');
}
