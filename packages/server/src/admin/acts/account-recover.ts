import { z } from 'zod';
import { newAccessKey } from '../../accounts/credentials.ts';
import { select } from '../../storage/query.ts';
import { accessKeyTable } from '../../storage/tables.ts';
import { update } from '../../storage/unit-of-work.ts';
import { act } from '../act.ts';
import { findAccount } from './account-status.ts';

/**
 * Breaks the glass: makes a new access key of the account's root user and makes every older one inactive. Whoever uses
 * the account notices at once, so an administrator cannot take it over in silence; it is an alarm as well.
 */
export const accountRecover = act({
  name: 'account-recover',
  eventName: 'RecoverAccount',
  input: z.strictObject({ accountId: z.string() }),
  recorded: ['accountId'],
  async run({ accountId }, context) {
    await findAccount(accountId, context);
    const { accounts, storage, alarm } = context.service().parts;
    const query = select(accessKeyTable, {
      account_id: accountId,
      principal_id: accountId,
      status: 'Active',
    });
    const [active] = await storage.snapshot(query);
    const { accessKeyId, secretAccessKey } = newAccessKey();
    const deactivated = active.map(({ access_key_id }) => access_key_id);
    await context.commit(
      [
        ...active.map((row) => update(accessKeyTable, row, { status: 'Inactive' })),
        accounts.rootAccessKeyChange(accountId, accessKeyId, secretAccessKey, context.clock.now()),
      ],
      { accountId, accessKeyId, deactivated },
    );
    // A kind of event for each account, so that none of them is suppressed beside another.
    alarm.raise(`account ${accountId} recovered by an administrator`, {
      accountId,
      operator: context.operator,
    });
    return { accountId, accessKeyId, secretAccessKey, deactivated };
  },
});
