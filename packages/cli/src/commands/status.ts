import type { Command } from 'commander';
import { z } from 'zod';
import { defineAct, instant, nothing, shareProgress } from '../admin/act.ts';
import { addAdminCommand, AdminSession } from '../admin/admin-command.ts';
import type { CommandContext } from '../command-context.ts';
import { renderFacts } from '../terminal/table.ts';

/** How a service is: its place, its seal, since when it runs. It answers while it is sealed, too. */
export const statusAct = defineAct(
  'status',
  nothing,
  z.object({
    version: z.string(),
    profile: z.enum(['development', 'production']),
    installationId: z.string(),
    url: z.string(),
    dataDir: z.string(),
    startedAt: instant,
    seal: z.object({
      kind: z.string(),
      isSealed: z.boolean(),
      /** What a person must enter to open it. */
      needs: z.enum(['nothing', 'passphrase', 'shares']),
      shares: shareProgress.optional(),
      /** What should be done about it, as a sentence. */
      advice: z.string().optional(),
    }),
    /** The unsafe things that this start puts up with. */
    allowedUnsafe: z.array(z.string()).default([]),
  }),
);

export type Status = z.output<typeof statusAct.result>;

/** `keyhaven status`. */
export function addStatus(parent: Command, context: CommandContext): void {
  const command = addAdminCommand(parent, {
    name: 'status',
    summary: 'tell how the service is',
    description: 'Tells which service runs on a data folder, since when, and whether it is sealed.',
    examples: ['keyhaven status', 'keyhaven status --data-dir /var/lib/keyhaven --json'],
  });
  command.action(async () => {
    const session = new AdminSession(command, context);
    const status = await session.perform(statusAct, {});
    session.print(status, renderStatus(status));
  });
}

function renderStatus(status: Status): string {
  const { allowedUnsafe } = status;
  return renderFacts([
    ['Service', `Keyhaven ${status.version}, ${status.profile}`],
    ['Endpoint', status.url],
    ['Data folder', status.dataDir],
    ['Installation', status.installationId],
    ['Started', status.startedAt],
    ['Seal', describeSeal(status.seal)],
    ['Allowed although unsafe', allowedUnsafe.length === 0 ? undefined : allowedUnsafe.join(', ')],
  ]);
}

/** A seal in a few words. */
export function describeSeal({ kind, isSealed, shares }: Status['seal']): string {
  if (!isSealed) return `${kind}, open`;
  const entered = shares === undefined ? '' : `, ${shares.entered} of ${shares.needed} shares entered`;
  return `${kind}, sealed${entered}`;
}
