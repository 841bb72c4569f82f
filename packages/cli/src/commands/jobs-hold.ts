import type { Command } from 'commander';
import { z } from 'zod';
import { defineAct, nothing } from '../admin/act.ts';
import { addAdminCommand, AdminSession } from '../admin/admin-command.ts';
import type { CommandContext } from '../command-context.ts';

/** Keeps key material from being destroyed until `jobs-release`, over restarts too. */
export const jobsHoldAct = defineAct('jobs-hold', nothing, z.object({ isHeld: z.literal(true) }));

/** `keyhaven jobs hold`. */
export function addJobsHold(parent: Command, context: CommandContext): void {
  const command = addAdminCommand(parent, {
    name: 'hold',
    summary: 'keep key material from being destroyed',
    description:
      'Keeps the service from destroying key material, over restarts too, while you find out whether it should. ' +
      'Keys whose waiting period ends stay unusable meanwhile.',
    examples: ['keyhaven jobs hold'],
  });
  command.action(async () => {
    const session = new AdminSession(command, context);
    const result = await session.perform(jobsHoldAct, {});
    session.print(result, 'Destruction is held: no key material is destroyed until keyhaven jobs release.\n');
  });
}
