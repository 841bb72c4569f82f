import { z } from 'zod';
import { rootPrincipal } from '../../authentication/index.ts';
import { iamArn } from '../../identities/identifiers.ts';
import { userTable } from '../../storage/identity-tables.ts';
import { select } from '../../storage/query.ts';
import { accessKeyTable } from '../../storage/tables.ts';
import { update } from '../../storage/unit-of-work.ts';
import { act, ActRefusal } from '../act.ts';
import { findAccount } from './account-status.ts';

export const accessKeyList = act({
  name: 'access-key-list',
  eventName: 'ListAccessKeys',
  input: z.strictObject({ accountId: z.string() }),
  recorded: ['accountId'],
  async run({ accountId }, context) {
    await findAccount(accountId, context);
    const [rows, users] = await context
      .service()
      .parts.storage.snapshot(
        select(accessKeyTable, { account_id: accountId }, { orderBy: 'access_key_id' }),
        select(userTable, { account_id: accountId }),
      );
    const holders = new Map([
      [accountId, rootPrincipal(accountId).arn],
      ...users.map(({ user_id, path, user_name }): [string, string] => [
        user_id,
        iamArn('user', accountId, path, user_name),
      ]),
    ]);
    return {
      accountId,
      accessKeys: rows.map(({ access_key_id, principal_id, status, created_at }) => ({
        accessKeyId: access_key_id,
        // A service is known by its name, and a user that is gone by its unique id.
        principal: holders.get(principal_id) ?? principal_id,
        status,
        createdAt: new Date(created_at).toISOString(),
      })),
    };
  },
});

/** From the reply on, nothing that is signed with the access key is taken. */
export const accessKeyDisable = act({
  name: 'access-key-disable',
  eventName: 'DisableAccessKey',
  input: z.strictObject({ accessKeyId: z.string() }),
  recorded: ['accessKeyId'],
  async run({ accessKeyId }, { service, commit }) {
    const query = select(accessKeyTable, { access_key_id: accessKeyId });
    const [[row]] = await service().parts.storage.snapshot(query);
    if (row === undefined) {
      throw new ActRefusal(
        `There is no access key ${accessKeyId}.`,
        'keyhaven access-key list --account ID shows those of an account.',
      );
    }
    const { account_id: accountId } = row;
    await commit([update(accessKeyTable, row, { status: 'Inactive' })], { accountId, accessKeyId });
    return { accountId, accessKeyId, status: 'Inactive' };
  },
});
