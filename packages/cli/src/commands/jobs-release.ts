import type { Command } from 'commander';
import { z } from 'zod';
import { defineAct, nothing } from '../admin/act.ts';
import { addAdminCommand, AdminSession } from '../admin/admin-command.ts';
import type { CommandContext } from '../command-context.ts';
import { confirm } from '../terminal/prompt.ts';

/** Ends `jobs-hold`: what is due is destroyed from now on. */
export const jobsReleaseAct = defineAct('jobs-release', nothing, z.object({ isHeld: z.literal(false) }));

/** `keyhaven jobs release`. */
export function addJobsRelease(parent: Command, context: CommandContext): void {
  const command = addAdminCommand(parent, {
    name: 'release',
    summary: 'let key material be destroyed again',
    description:
      'Lets the service destroy key material again. What has become due meanwhile is destroyed at once, and cannot be ' +
      'brought back.',
    examples: ['keyhaven jobs release'],
  });
  command.option('--yes', 'Do not ask for a confirmation.');
  command.action(async () => {
    const session = new AdminSession(command, context);
    if (!session.has('--yes')) {
      await confirm(
        session.terminal,
        'Keys whose waiting period is over will be destroyed at once, for ever.',
      );
    }
    const result = await session.perform(jobsReleaseAct, {});
    session.print(result, 'Destruction goes on: what is due is destroyed now.\n');
  });
}
