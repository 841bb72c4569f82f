import type { Clock } from '../clock.ts';
import type { Storage } from '../storage/port.ts';
import type { Accounts } from './accounts.ts';

/** The account and credentials that every emulator's users know; the development profile only. */
export const developmentAccount = {
  accountId: '000000000000',
  accessKeyId: 'test',
  secretAccessKey: 'test',
} as const;

/** Makes the development account, once. */
export async function ensureDevelopmentAccount(
  accounts: Accounts,
  storage: Storage,
  clock: Clock,
): Promise<void> {
  const { accountId, accessKeyId, secretAccessKey } = developmentAccount;
  if (accounts.exists(accountId)) return;
  const now = clock.now();
  const changes = [
    accounts.accountChange(accountId, now),
    accounts.rootAccessKeyChange(accountId, accessKeyId, secretAccessKey, now),
  ];
  const result = await storage.commit({ head: undefined, expect: [], changes, audit: undefined });
  if (result.kind !== 'committed')
    throw new Error(`the development account could not be stored: ${result.kind}`);
  await accounts.load();
}

/** Whether whoever knows the well-known credentials gets in. */
export async function acceptsDevelopmentAccount(accounts: Accounts): Promise<boolean> {
  return (await accounts.find(developmentAccount.accessKeyId))?.status === 'Active';
}
