import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KMSClient } from '@aws-sdk/client-kms';
import { startTestService, type TestService } from '@keyhaven/testkit';

export const own = '111122223333';
export const other = '444455556666';
export const region = 'eu-west-2';

const keyIds = {
  delegating: '11111111-1111-4111-8111-111111111111',
  direct: '22222222-2222-4222-8222-222222222222',
  shared: '33333333-3333-4333-8333-333333333333',
  denying: '44444444-4444-4444-8444-444444444444',
  conditional: '55555555-5555-4555-8555-555555555555',
} as const;

export type KeyName = keyof typeof keyIds;

export const keyArnOf = (name: KeyName): string => `arn:aws:kms:${region}:${own}:key/${keyIds[name]}`;
export const userArn = (name: string, accountId = own): string => `arn:aws:iam::${accountId}:user/${name}`;
export const roleArn = (name: string): string => `arn:aws:iam::${own}:role/${name}`;
export const rootArn = (accountId = own): string => `arn:aws:iam::${accountId}:root`;

const statement = (more: object) => ({ Effect: 'Allow', Action: 'kms:*', Resource: '*', ...more });
const document = (...statements: readonly object[]) => ({ Version: '2012-10-17', Statement: statements });

const delegation = statement({ Sid: 'Delegate', Principal: { AWS: rootArn() } });

const policies: Readonly<Record<KeyName, object>> = {
  delegating: document(delegation),
  direct: document(
    statement({ Sid: 'Root', Principal: { AWS: rootArn() }, Action: 'kms:PutKeyPolicy' }),
    statement({
      Sid: 'Direct',
      Principal: { AWS: userArn('nobody') },
      Action: ['kms:Encrypt', 'kms:Decrypt'],
    }),
    statement({ Sid: 'Role', Principal: { AWS: roleArn('deploy') }, Action: 'kms:Decrypt' }),
    statement({ Sid: 'Service', Principal: { Service: 's3.amazonaws.com' }, Action: 'kms:GenerateDataKey' }),
  ),
  shared: document(
    delegation,
    statement({ Sid: 'Share', Principal: { AWS: rootArn(other) }, Action: 'kms:Encrypt' }),
  ),
  denying: document(
    delegation,
    statement({
      Sid: 'NoDecrypt',
      Effect: 'Deny',
      Principal: { AWS: userArn('alice') },
      Action: 'kms:Decrypt',
    }),
  ),
  conditional: document(
    statement({
      Sid: 'Backup only',
      Principal: { AWS: userArn('nobody') },
      Action: ['kms:Encrypt', 'kms:Decrypt'],
      Condition: { StringEquals: { 'kms:EncryptionContext:purpose': 'backup' } },
    }),
    statement({
      Sid: 'Root',
      Principal: { AWS: rootArn() },
      Action: ['kms:PutKeyPolicy', 'kms:CreateGrant'],
    }),
  ),
};

const trust = document(
  statement({ Principal: { AWS: rootArn() }, Action: 'sts:AssumeRole', Resource: undefined }),
);
const allowAll = document(statement({ Sid: 'All' }));
const allowAssume = document(statement({ Action: 'sts:AssumeRole' }));
const allowEncrypt = document(statement({ Sid: 'Encrypt', Action: 'kms:Encrypt' }));

export const users = ['alice', 'nobody', 'bounded', 'limited'] as const;

/** The credentials of a user of the seed, `root`, `otherroot` or `s3`. */
export const accessKey = (name: string) => ({
  accessKeyId: `AKIA${name.toUpperCase()}KEYOFTEST`,
  secretAccessKey: `secret of ${name}`,
});

const seed = {
  accounts: [
    {
      id: own,
      rootAccessKeys: [accessKey('root')],
      users: [
        {
          name: 'alice',
          accessKeys: [accessKey('alice')],
          inlinePolicies: { all: allowAll, assume: allowAssume },
        },
        { name: 'nobody', accessKeys: [accessKey('nobody')] },
        {
          name: 'bounded',
          accessKeys: [accessKey('bounded')],
          inlinePolicies: { all: allowAll },
          boundary: 'OnlyEncrypt',
        },
        { name: 'limited', accessKeys: [accessKey('limited')], groups: ['writers'] },
      ],
      groups: [{ name: 'writers', inlinePolicies: { write: allowEncrypt } }],
      policies: [{ name: 'OnlyEncrypt', document: allowEncrypt }],
      roles: [{ name: 'deploy', trustPolicy: JSON.parse(JSON.stringify(trust)) as object }],
      services: [{ name: 's3.amazonaws.com', accessKeys: [accessKey('s3')] }],
      regions: {
        [region]: {
          keys: Object.entries(keyIds).map(([name, keyId]) => ({
            keyId,
            policy: policies[name as KeyName],
            aliases: [`alias/${name}`],
          })),
        },
      },
    },
    {
      id: other,
      rootAccessKeys: [accessKey('otherroot')],
      users: [
        { name: 'carol', accessKeys: [accessKey('carol')], inlinePolicies: { all: allowAll } },
        { name: 'dave', accessKeys: [accessKey('dave')] },
      ],
    },
  ],
};

/** A service whose seed has two accounts, principals of every kind, and keys with policies of every kind. */
export async function startSeeded(): Promise<TestService> {
  const folder = mkdtempSync(join(tmpdir(), 'keyhaven-explain-'));
  const path = join(folder, 'seed.yaml');
  writeFileSync(path, JSON.stringify(seed));
  try {
    return await startTestService({ seed: path });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The SDK's client as a user of the seed, as `root`, `otherroot` or the service `s3`. */
export function clientOf(service: TestService, name: string): KMSClient {
  return service.client({ region, credentials: accessKey(name) });
}
