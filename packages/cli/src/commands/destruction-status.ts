import type { Command } from 'commander';
import { z } from 'zod';
import { count, defineAct, instant, nothing } from '../admin/act.ts';
import { addAdminCommand, AdminSession } from '../admin/admin-command.ts';
import type { CommandContext } from '../command-context.ts';
import { renderTable } from '../terminal/table.ts';

/** What is to be destroyed, what was destroyed, and whether the domain keys that wrapped it are retired. */
export const destructionStatusAct = defineAct(
  'destruction-status',
  nothing,
  z.object({
    isHeld: z.boolean(),
    /** After a step of the clock destruction waits until then. */
    waitsUntil: instant.optional(),
    /** Keys whose deletion is scheduled. */
    scheduled: z.array(z.object({ keyArn: z.string(), deletionDate: instant })),
    /**
     * For each domain key that wrapped key material which is destroyed. A backup made before opens that material with
     * the seal of its time, whether the domain key is retired or not.
     */
    destroyed: z.array(
      z.object({
        /** A Region. */
        scope: z.string(),
        domainKeyId: z.string(),
        materials: count,
        lastDestroyedAt: instant,
        isDomainKeyRetired: z.boolean(),
      }),
    ),
  }),
);

type DestructionStatus = z.output<typeof destructionStatusAct.result>;

/** `keyhaven destruction status`. */
export function addDestructionStatus(parent: Command, context: CommandContext): void {
  const command = addAdminCommand(parent, {
    name: 'status',
    summary: 'tell what is destroyed, and what was',
    description:
      'Tells which keys are to be destroyed, and for key material that was destroyed whether the domain key that ' +
      'wrapped it is retired. A backup made before the destruction opens it in any case, for whoever has the backup, ' +
      'its age identity and what opened the seal then: what must be gone for good needs one of these destroyed.',
    examples: ['keyhaven destruction status', 'keyhaven destruction status --json'],
  });
  command.action(async () => {
    const session = new AdminSession(command, context);
    const result = await session.perform(destructionStatusAct, {});
    session.print(result, renderDestruction(result));
  });
}

function renderDestruction({ isHeld, waitsUntil, scheduled, destroyed }: DestructionStatus): string {
  const notes = [
    ...(isHeld ? ['Destruction is held. Release it with: keyhaven jobs release\n'] : []),
    ...(waitsUntil === undefined
      ? []
      : [`After a step of the clock destruction waits until ${waitsUntil}.\n`]),
  ];
  const coming = renderTable(
    ['DESTROYED ON', 'KEY'],
    scheduled.map((one) => [one.deletionDate, one.keyArn]),
    'No key is scheduled for deletion.',
  );
  const past = renderTable(
    ['SCOPE', 'DOMAIN KEY', 'DESTROYED', 'LAST', 'DOMAIN KEY IS'],
    destroyed.map((one) => [
      one.scope,
      one.domainKeyId,
      String(one.materials),
      one.lastDestroyedAt,
      one.isDomainKeyRetired ? 'retired' : 'in use',
    ]),
    'No key material was destroyed.',
  );
  return `${notes.join('')}${coming}\n${past}`;
}
