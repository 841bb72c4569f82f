import {
  CreateGrantCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  type KMSClient,
  ReEncryptCommand,
} from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  account,
  allow,
  arnOf,
  delegates,
  denied,
  documentOf,
  type MadeKey,
  own,
  useAuthorized,
} from './principals.ts';

/** Three managed policies as teams hand them out: what each of them lists, and nothing beyond it. */
const lists = {
  'allow-encrypt': ['kms:DescribeKey', 'kms:Encrypt', 'kms:ReEncrypt*'],
  'allow-decrypt': ['kms:Decrypt', 'kms:DescribeKey'],
  'allow-crypto': [
    'kms:Decrypt',
    'kms:DescribeKey',
    'kms:Encrypt',
    'kms:GenerateDataKey*',
    'kms:ReEncrypt*',
    'kms:CreateGrant',
  ],
} as const;

const policies = Object.entries(lists).map(([name, actions]) => ({
  name,
  document: documentOf(allow(actions)),
}));
const holders = Object.keys(lists).map((name) => [`holds-${name}`, { more: { policies: [name] } }] as const);
const authorized = useAuthorized(account(own, Object.fromEntries(holders), { policies }));

let key: MadeKey;
let blob: Uint8Array | undefined;

beforeAll(async () => {
  key = await authorized.keyUnder([delegates()]);
  const encrypt = new EncryptCommand({ KeyId: key.id, Plaintext: Buffer.from('a') });
  ({ CiphertextBlob: blob } = await authorized.as(own).send(encrypt));
});

/** Each operation, with the permission that a refusal of it speaks of. */
const uses: Readonly<
  Record<string, readonly [action: string, use: (client: KMSClient) => Promise<unknown>]>
> = {
  DescribeKey: ['DescribeKey', (client) => client.send(new DescribeKeyCommand({ KeyId: key.id }))],
  Encrypt: [
    'Encrypt',
    (client) => client.send(new EncryptCommand({ KeyId: key.id, Plaintext: Buffer.from('b') })),
  ],
  Decrypt: ['Decrypt', (client) => client.send(new DecryptCommand({ KeyId: key.id, CiphertextBlob: blob }))],
  ReEncrypt: [
    'ReEncryptFrom',
    (client) =>
      client.send(
        new ReEncryptCommand({ SourceKeyId: key.id, CiphertextBlob: blob, DestinationKeyId: key.id }),
      ),
  ],
  GenerateDataKey: [
    'GenerateDataKey',
    (client) => client.send(new GenerateDataKeyCommand({ KeyId: key.id, KeySpec: 'AES_256' })),
  ],
  GenerateDataKeyWithoutPlaintext: [
    'GenerateDataKeyWithoutPlaintext',
    (client) =>
      client.send(new GenerateDataKeyWithoutPlaintextCommand({ KeyId: key.id, KeySpec: 'AES_256' })),
  ],
  CreateGrant: [
    'CreateGrant',
    (client) =>
      client.send(
        new CreateGrantCommand({
          KeyId: key.id,
          GranteePrincipal: arnOf('holds-allow-decrypt'),
          Operations: ['DescribeKey'],
        }),
      ),
  ],
};

/** Whether a list of actions, some of which end with a star, has one. */
const includes = (actions: readonly string[], action: string): boolean =>
  actions.some((listed) =>
    listed.endsWith('*') ? `kms:${action}`.startsWith(listed.slice(0, -1)) : listed === `kms:${action}`,
  );

const cells = Object.entries(lists).flatMap(([policy, actions]) =>
  Object.entries(uses).map(([operation, [action, use]]) => ({
    policy,
    operation,
    action,
    use,
    isListed: includes(actions, action),
  })),
);

describe('A user with a managed policy', () => {
  it.each(cells.filter(({ isListed }) => isListed))('$policy may $operation', async ({ policy, use }) => {
    await use(authorized.as(`holds-${policy}`));
  });

  it.each(cells.filter(({ isListed }) => !isListed))(
    '$policy may not $operation',
    async ({ policy, action, use }) => {
      const user = `holds-${policy}`;
      expect(await refusalOf(use(authorized.as(user)))).toEqual(
        denied(arnOf(user), action, key.arn, 'identity-based'),
      );
    },
  );
});
