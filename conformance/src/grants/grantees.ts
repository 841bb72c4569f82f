import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KMSClient } from '@aws-sdk/client-kms';
import type { TestServiceOptions } from '@keyhaven/testkit';
import { afterAll, beforeAll } from 'vitest';
import { accountId, KmsUnderTest } from '../kms/kms-under-test.ts';

/** Another account, whose keys and users are not the development account's. */
export const otherAccount = '111122223333';

const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';

const allow = (...Action: string[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });
const deny = (...Action: string[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action, Resource: '*' }] });

/** Users by name, with the account of each and its only policy; most have none, so that nothing but grants lets them in. */
const users = {
  alice: { account: accountId, policy: undefined },
  bob: { account: accountId, policy: undefined },
  /** Its own policy denies what a grant may allow. */
  denied: { account: accountId, policy: deny('kms:Decrypt', 'kms:RetireGrant') },
  /** IAM lets it retire grants. */
  retirer: { account: accountId, policy: allow('kms:RetireGrant', 'kms:ListRetirableGrants') },
  /** IAM lets it do everything, and so does the default key policy. */
  admin: { account: accountId, policy: allow('kms:*') },
  /** Of the other account, whose IAM lets it do nothing. */
  carol: { account: otherAccount, policy: undefined },
  /** Of the other account, whose IAM lets it do everything. */
  dave: { account: otherAccount, policy: allow('kms:*') },
} as const;
export type UserName = keyof typeof users;

export const userArn = (name: UserName) => `arn:aws:iam::${users[name].account}:user/${name}`;

const accessKeyOf = (name: UserName | 'root') => `AKIA${name.toUpperCase()}`.padEnd(20, 'X');

function accountOf(id: string) {
  const own = (Object.keys(users) as UserName[]).filter((name) => users[name].account === id);
  return {
    id,
    users: own.map((name) => ({
      name,
      ...(users[name].policy === undefined ? {} : { inlinePolicies: { only: users[name].policy } }),
      accessKeys: [{ accessKeyId: accessKeyOf(name), secretAccessKey }],
    })),
    ...(id === accountId ? {} : { rootAccessKeys: [{ accessKeyId: accessKeyOf('root'), secretAccessKey }] }),
  };
}

/** One service for all tests of the calling file, with users. */
export class GranteesUnderTest extends KmsUnderTest {
  readonly #folder = mkdtempSync(join(tmpdir(), 'keyhaven-grantees-'));
  readonly #clients = new Map<string, KMSClient>();

  override async start(options: TestServiceOptions = {}): Promise<void> {
    const seed = join(this.#folder, 'seed.yaml');
    // JSON is YAML.
    writeFileSync(seed, JSON.stringify({ accounts: [accountOf(accountId), accountOf(otherAccount)] }));
    await super.start({ ...options, seed });
  }

  override async close(): Promise<void> {
    await super.close();
    rmSync(this.#folder, { recursive: true });
  }

  override async restart(): Promise<void> {
    this.#clients.clear();
    await super.restart();
  }

  /** A user's client; `root` is the root user of the other account. */
  as(name: UserName | 'root'): KMSClient {
    let client = this.#clients.get(name);
    if (client === undefined) {
      const credentials = { accessKeyId: accessKeyOf(name), secretAccessKey };
      client = this.service.client({ credentials });
      this.#clients.set(name, client);
    }
    return client;
  }
}

export function useGrantees(options: TestServiceOptions = {}): GranteesUnderTest {
  const kms = new GranteesUnderTest();
  beforeAll(() => kms.start(options));
  afterAll(() => kms.close());
  return kms;
}
