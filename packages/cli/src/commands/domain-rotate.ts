import { type Command, Option } from 'commander';
import { z } from 'zod';
import { count, defineAct } from '../admin/act.ts';
import { addAdminCommand, AdminSession } from '../admin/admin-command.ts';
import { parseRegion } from '../argument-values.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandFailure, exitCodes } from '../command-failure.ts';
import { renderTable } from '../terminal/table.ts';

const scope = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('region'), region: z.string() }),
  z.strictObject({ kind: z.literal('identity') }),
  z.strictObject({ kind: z.literal('all') }),
]);

/** Makes new domain keys, and wraps all that the old ones wrap under them. Goes on where an earlier call stopped. */
export const domainRotateAct = defineAct(
  'domain-rotate',
  z.strictObject({ scope }),
  z.object({
    rotated: z.array(
      z.object({
        /** A Region, or `identity`. */
        scope: z.string(),
        domainKeyId: z.string(),
        rewrapped: count,
      }),
    ),
  }),
);

/** `keyhaven domain rotate`. */
export function addDomainRotate(parent: Command, context: CommandContext): void {
  const command = addAdminCommand(parent, {
    name: 'rotate',
    summary: 'replace domain keys, the keys that wrap key material',
    description:
      'Makes a new domain key for a Region, for identity data, or for all of them, and wraps anew whatever the old one ' +
      'wraps. Backups made before hold the old domain key, and open with the seal of their time.',
    examples: [
      'keyhaven domain rotate --region eu-west-2',
      'keyhaven domain rotate --identity',
      'keyhaven domain rotate --all',
    ],
  });
  command
    .addOption(new Option('--region <region>', 'The domain key of this Region.').argParser(parseRegion))
    .option('--identity', 'The domain key of accounts and access keys.')
    .option('--all', 'Every domain key.');
  command.action(async () => {
    const session = new AdminSession(command, context);
    const result = await session.perform(domainRotateAct, { scope: readScope(session) });
    const rows = result.rotated.map((one) => [one.scope, one.domainKeyId, String(one.rewrapped)]);
    session.print(
      result,
      renderTable(['SCOPE', 'DOMAIN KEY', 'WRAPPED ANEW'], rows, 'There was nothing to rotate.'),
    );
  });
}

function readScope(session: AdminSession): z.input<typeof scope> {
  const region = session.text('--region');
  const given: z.input<typeof scope>[] = [];
  if (region !== undefined) given.push({ kind: 'region', region });
  if (session.has('--identity')) given.push({ kind: 'identity' });
  if (session.has('--all')) given.push({ kind: 'all' });
  const [one, other] = given;
  if (one !== undefined && other === undefined) return one;
  throw new CommandFailure(
    'It must be said which domain keys are meant.',
    'Give one of --region REGION, --identity and --all.',
    exitCodes.usage,
  );
}
