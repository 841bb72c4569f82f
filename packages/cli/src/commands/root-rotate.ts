import type { Command } from 'commander';
import { z } from 'zod';
import { count, defineAct, nothing } from '../admin/act.ts';
import { addAdminCommand, AdminSession } from '../admin/admin-command.ts';
import type { CommandContext } from '../command-context.ts';
import { renderFacts } from '../terminal/table.ts';

/** Makes a new root key, wraps every domain key under it, and retires the old one. Goes on where an earlier call stopped. */
export const rootRotateAct = defineAct(
  'root-rotate',
  nothing,
  z.object({ rootKeyId: z.string(), retiredRootKeyId: z.string(), rewrapped: count }),
);

/** `keyhaven root rotate`. */
export function addRootRotate(parent: Command, context: CommandContext): void {
  const command = addAdminCommand(parent, {
    name: 'rotate',
    summary: 'replace the root key',
    description:
      'Makes a new root key and wraps all that the old one wraps under it. This answers a leak of the root key or of a ' +
      'backup together with its seal; it can be run again where it was cut short.',
    examples: ['keyhaven root rotate'],
  });
  command.action(async () => {
    const session = new AdminSession(command, context);
    const result = await session.perform(rootRotateAct, {});
    const facts = renderFacts([
      ['Root key', result.rootKeyId],
      ['Retired', result.retiredRootKeyId],
      ['Domain keys wrapped anew', String(result.rewrapped)],
    ]);
    session.print(result, `${facts}Make a backup now: those made before open with the retired root key.\n`);
  });
}
