import { z } from 'zod';
import { select } from '../../storage/query.ts';
import { accountTable, kmsKeyTable } from '../../storage/tables.ts';
import { countByAccount } from '../count-by-account.ts';
import { act } from '../act.ts';

/** The accounts, and how many KMS keys each has. What the keys are is for the accounts' own principals to ask. */
export const accountList = act({
  name: 'account-list',
  eventName: 'ListAccounts',
  input: z.strictObject({}),
  recorded: [],
  async run(_input, { service }) {
    const { storage } = service().parts;
    const [rows] = await storage.snapshot(select(accountTable, {}, { orderBy: 'account_id' }));
    const keys = await countByAccount(storage, kmsKeyTable);
    const accounts = rows.map(({ account_id, account_name, created_at, disabled_at }) => ({
      accountId: account_id,
      ...(account_name === null ? {} : { name: account_name }),
      status: disabled_at === null ? 'enabled' : 'disabled',
      createdAt: new Date(created_at).toISOString(),
      keys: keys.get(account_id) ?? 0,
    }));
    return { accounts };
  },
});
