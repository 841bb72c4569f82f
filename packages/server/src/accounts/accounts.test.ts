import { join } from 'node:path';
import { Secret } from '@keyhaven/crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SystemClock } from '../clock.ts';
import { identityScope, Keyring, rootScope } from '../domain-keys/keyring.ts';
import { userRow } from '../identities/stored-identities.test-support.ts';
import { userTable } from '../storage/identity-tables.ts';
import { IntegrityStorage } from '../storage/integrity-storage.ts';
import { select } from '../storage/query.ts';
import { RowProtector } from '../storage/row-protection.ts';
import { prepareDatabase } from '../storage/sqlite/open.ts';
import { temporaryFolder } from '../storage/sqlite/opened-store.test-support.ts';
import { SqliteStorage } from '../storage/sqlite/sqlite-storage.ts';
import { accessKeyTable } from '../storage/tables.ts';
import { type Change, insert, remove, update } from '../storage/unit-of-work.ts';
import { Accounts } from './accounts.ts';

const { account_id: accountId, user_id: userId } = userRow;
const secret = () => Buffer.from('a secret');

async function openAccounts() {
  const database = join(temporaryFolder(), 'keyhaven.db');
  prepareDatabase(database, true);
  const sqlite = await SqliteStorage.open(database, () => undefined);
  onTestFinished(() => sqlite.close());
  const protector = new RowProtector();
  const storage = new IntegrityStorage(sqlite, protector);
  const installationId = '766b3f36-bc2f-458c-bf36-1798cfe2a54e';
  const keyring = new Keyring({ installationId, protector, writer: sqlite, clock: new SystemClock() });
  keyring.add(rootScope, 'a'.repeat(32), Secret.take(Buffer.alloc(32, 9)), 'current');
  await keyring.ensure(storage, identityScope);
  const accounts = new Accounts(storage, keyring);
  const commit = async (...changes: readonly Change[]) => {
    const result = await storage.commit({ head: undefined, expect: [], changes, audit: undefined });
    expect(result.kind).toBe('committed');
    accounts.forget(changes);
  };
  const keyOf = (principalId: string, accessKeyId: string) =>
    accounts.accessKeyChange({ accountId, principalId, accessKeyId, status: 'Active' }, secret(), 0);
  await commit(accounts.accountChange(accountId, 0), insert(userTable, userRow));
  const user = async () => {
    const [[row]] = await storage.snapshot(select(userTable, { user_id: userId }));
    if (row === undefined) throw new Error('the user is gone');
    return row;
  };
  return { accounts, storage, commit, keyOf, user };
}

describe('An access key', () => {
  it("answers whose it is: the root user's, a user's or a service's", async () => {
    const { accounts, commit, keyOf } = await openAccounts();
    await commit(
      keyOf(accountId, 'AKIAROOT'),
      keyOf(userId, 'AKIAUSER'),
      keyOf('s3.amazonaws.com', 'AKIAS3'),
    );
    const holders = [];
    for (const id of ['AKIAROOT', 'AKIAUSER', 'AKIAS3']) holders.push(await accounts.find(id));
    expect(holders.map((one) => one?.principal)).toEqual([
      { kind: 'root', accountId, arn: `arn:aws:iam::${accountId}:root`, principalId: accountId },
      {
        kind: 'user',
        accountId,
        arn: `arn:aws:iam::${accountId}:user/staff/Ada`,
        principalId: userId,
        userName: 'Ada',
      },
      {
        kind: 'service',
        accountId,
        serviceName: 's3.amazonaws.com',
        arn: 's3.amazonaws.com',
        principalId: 's3.amazonaws.com',
      },
    ]);
    for (const one of holders) expect(one?.secret.equals(Secret.take(secret()))).toBe(true);
  });

  it('is as good as none once its user is gone, also where it was just used', async () => {
    const { accounts, commit, keyOf, user } = await openAccounts();
    await commit(keyOf(userId, 'AKIAUSER'));
    expect((await accounts.find('AKIAUSER'))?.principal.kind).toBe('user');
    await commit(remove(userTable, await user()));
    expect(await accounts.find('AKIAUSER')).toBeUndefined();
  });

  it('is not that of another user who takes the name of one who is gone', async () => {
    const { accounts, commit, keyOf, user } = await openAccounts();
    await commit(keyOf(userId, 'AKIAUSER'));
    await accounts.find('AKIAUSER');
    await commit(update(userTable, await user(), { user_id: `AIDA${'X'.repeat(17)}` }));
    expect(await accounts.find('AKIAUSER')).toBeUndefined();
  });

  it('speaks for the user as it is named now', async () => {
    const { accounts, commit, keyOf, user } = await openAccounts();
    await commit(keyOf(userId, 'AKIAUSER'));
    const before = await accounts.find('AKIAUSER');
    expect(await accounts.find('AKIAUSER')).toBe(before);
    await commit(update(userTable, await user(), { path: '/' }));
    const after = await accounts.find('AKIAUSER');
    expect(after).not.toBe(before);
    expect(after?.principal.arn).toBe(`arn:aws:iam::${accountId}:user/Ada`);
  });

  it('of nobody, or of a user of another account, lets nobody in', async () => {
    const { accounts, commit, keyOf } = await openAccounts();
    await commit(accounts.accountChange('444455556666', 0), keyOf(`AIDA${'N'.repeat(17)}`, 'AKIANOBODY'));
    const foreign = { accountId: '444455556666', principalId: userId, accessKeyId: 'AKIAFOREIGN' };
    await commit(accounts.accessKeyChange({ ...foreign, status: 'Active' }, secret(), 0));
    for (const id of ['AKIANOBODY', 'AKIAFOREIGN', 'AKIANONE'])
      expect(await accounts.find(id)).toBeUndefined();
  });

  it('opens for its principal alone', async () => {
    const { accounts, storage, commit, keyOf } = await openAccounts();
    await commit(keyOf(userId, 'AKIAUSER'));
    const [[row]] = await storage.snapshot(select(accessKeyTable, { access_key_id: 'AKIAUSER' }));
    if (row === undefined) throw new Error('there is no such row');
    accounts.unwrapSecret(row).dispose();
    expect(() => accounts.unwrapSecret({ ...row, principal_id: accountId })).toThrow('does not open');
  });
});
