import { z } from 'zod';
import { developmentAccount } from '../../accounts/development-account.ts';
import type { ActContext } from '../act.ts';
import { act, ActRefusal } from '../act.ts';
import { select } from '../../storage/query.ts';
import type { Row } from '../../storage/table.ts';
import { accountTable } from '../../storage/tables.ts';
import { update } from '../../storage/unit-of-work.ts';

const input = z.strictObject({ accountId: z.string() });

/** From the reply on, no access key of the account is taken; its keys, jobs and aliases stay. */
export const accountDisable = act({
  name: 'account-disable',
  eventName: 'DisableAccount',
  input,
  recorded: ['accountId'],
  run: ({ accountId }, context) => setDisabled(accountId, context, context.clock.now()),
});

export const accountEnable = act({
  name: 'account-enable',
  eventName: 'EnableAccount',
  input,
  recorded: ['accountId'],
  run: ({ accountId }, context) => {
    refuseWellKnown(accountId, context);
    return setDisabled(accountId, context, null);
  },
});

/** In production the start would have been refused over it; enabling it later must not be a way around. */
function refuseWellKnown(accountId: string, { options }: ActContext): void {
  if (accountId !== developmentAccount.accountId || options.profile === 'development') return;
  if (options.allowUnsafe.has('well-known-credentials')) return;
  throw new ActRefusal(
    `Everyone knows the credentials of account ${accountId} (well-known-credentials).`,
    'Leave it disabled, or start the service with --allow-unsafe well-known-credentials.',
  );
}

async function setDisabled(accountId: string, context: ActContext, disabled_at: number | null) {
  const row = await findAccount(accountId, context);
  const status = disabled_at === null ? 'enabled' : 'disabled';
  await context.commit([update(accountTable, row, { disabled_at })], { accountId });
  return { accountId, status };
}

/** Refused where there is no such account. */
export async function findAccount(
  accountId: string,
  { service }: ActContext,
): Promise<Row<typeof accountTable>> {
  const [[row]] = await service().parts.storage.snapshot(select(accountTable, { account_id: accountId }));
  if (row === undefined)
    throw new ActRefusal(`There is no account ${accountId}.`, 'keyhaven account list shows those there are.');
  return row;
}
