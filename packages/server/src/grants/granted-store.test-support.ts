import { join } from 'node:path';
import { DomainKey, randomHex, Secret } from '@keyhaven/crypto';
import type { Principal } from '../authentication/principal.ts';
import type { KmsKey } from '../keys/kms-key.ts';
import type { IntegrityStorage } from '../storage/integrity-storage.ts';
import { openStore, temporaryFolder } from '../storage/sqlite/opened-store.test-support.ts';
import type { NewRow } from '../storage/table.ts';
import { grantTable } from '../storage/tables.ts';
import { type Change, insert } from '../storage/unit-of-work.ts';
import { type OpenGrants, openGrants } from './open-grants.ts';

export const accountId = '000000000000';
export const rootArn = `arn:aws:iam::${accountId}:root`;
export const alice: Principal = {
  kind: 'user',
  accountId,
  arn: `arn:aws:iam::${accountId}:user/alice`,
  principalId: 'AIDAALICE',
  userName: 'alice',
};
export const session: Principal = {
  kind: 'assumed-role',
  accountId,
  arn: `arn:aws:sts::${accountId}:assumed-role/app/one`,
  principalId: 'AROAAPP:one',
  roleArn: `arn:aws:iam::${accountId}:role/app`,
  roleId: 'AROAAPP',
  roleName: 'app',
  sessionName: 'one',
};
export const service: Principal = {
  kind: 'service',
  accountId,
  serviceName: 's3.amazonaws.com',
  arn: 's3.amazonaws.com',
  principalId: 's3.amazonaws.com',
};

/** All that is asked of a key here is where it is. */
export const keyAt = (key_id: string, region = 'eu-west-2'): KmsKey => {
  const key: Pick<KmsKey, 'arn'> & { row: object } = {
    arn: '',
    row: { account_id: accountId, region, key_id },
  };
  return key as KmsKey;
};

export const grantRow = (values: Partial<NewRow<typeof grantTable>> = {}): NewRow<typeof grantTable> => ({
  account_id: accountId,
  region: 'eu-west-2',
  key_id: 'key',
  grant_id: randomHex(32),
  grant_name: '',
  grantee: alice.arn,
  grantee_key: alice.principalId,
  retiring: null,
  retiring_key: null,
  operations: '["Decrypt"]',
  constraints: null,
  issuing_account: accountId,
  created_at: 0,
  ended_at: null,
  ...values,
});

export interface GrantedStore extends OpenGrants {
  readonly storage: IntegrityStorage;
  /** Commits, and lets what is kept in memory know. */
  readonly commit: (...changes: readonly Change[]) => Promise<void>;
  readonly add: (...rows: readonly NewRow<typeof grantTable>[]) => Promise<void>;
}

/** Grants on a real store. */
export async function openGranted(propagationMs = 0, mostGrantsOfAKey?: number): Promise<GrantedStore> {
  const { storage } = await openStore(join(temporaryFolder(), 'keyhaven.db'));
  const domainKey = new DomainKey(Secret.random(32));
  const granting = openGrants(storage, () => [domainKey], { propagationMs, mostGrantsOfAKey });
  const commit = async (...changes: readonly Change[]) => {
    const result = await storage.commit({ head: undefined, expect: [], changes, audit: undefined });
    if (result.kind !== 'committed') throw new Error(result.kind);
    granting.grants.forget(changes);
  };
  return {
    ...granting,
    storage,
    commit,
    add: (...rows) => commit(...rows.map((row) => insert(grantTable, row))),
  };
}
