import {
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GetKeyPolicyCommand,
  type KMSClient,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
} from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  account,
  allow,
  arnOf,
  delegates,
  denied,
  type MadeKey,
  own,
  textOf,
  useAuthorized,
} from './principals.ts';

const authorized = useAuthorized(account(own, { admin: {}, worker: {}, bystander: {} }));

const manages = allow(
  [
    'kms:Describe*',
    'kms:Get*',
    'kms:List*',
    'kms:Put*',
    'kms:Enable*',
    'kms:Disable*',
    'kms:Tag*',
    'kms:ScheduleKeyDeletion',
  ],
  { Sid: 'administrators', Principal: { AWS: arnOf('admin') } },
);
const uses = allow(['kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey*', 'kms:DescribeKey'], {
  Sid: 'users',
  Principal: { AWS: [arnOf('worker')] },
});
const statements = [delegates(), manages, uses];

let key: MadeKey;
let CiphertextBlob: Uint8Array | undefined;

beforeAll(async () => {
  key = await authorized.keyUnder(statements);
  const encrypt = new EncryptCommand({ KeyId: key.id, Plaintext: Buffer.from('a') });
  ({ CiphertextBlob } = await authorized.as(own).send(encrypt));
});

type Use = (client: KMSClient) => Promise<unknown>;

const using: readonly [string, Use][] = [
  ['Encrypt', (client) => client.send(new EncryptCommand({ KeyId: key.id, Plaintext: Buffer.from('b') }))],
  ['Decrypt', (client) => client.send(new DecryptCommand({ KeyId: key.id, CiphertextBlob }))],
  [
    'GenerateDataKey',
    (client) => client.send(new GenerateDataKeyCommand({ KeyId: key.id, KeySpec: 'AES_256' })),
  ],
];
const managing: readonly [string, Use][] = [
  ['DisableKey', (client) => client.send(new DisableKeyCommand({ KeyId: key.id }))],
  ['EnableKey', (client) => client.send(new EnableKeyCommand({ KeyId: key.id }))],
  ['GetKeyPolicy', (client) => client.send(new GetKeyPolicyCommand({ KeyId: key.id }))],
  [
    'PutKeyPolicy',
    (client) => client.send(new PutKeyPolicyCommand({ KeyId: key.id, Policy: textOf(statements) })),
  ],
  [
    'TagResource',
    (client) =>
      client.send(new TagResourceCommand({ KeyId: key.id, Tags: [{ TagKey: 'a', TagValue: 'b' }] })),
  ],
];
const destroying: Use = (client) => client.send(new ScheduleKeyDeletionCommand({ KeyId: key.id }));
const describing: Use = (client) => client.send(new DescribeKeyCommand({ KeyId: key.id }));

describe('Whom a key policy names as its administrator', () => {
  it.each(managing)('may %s', async (_, use) => {
    await use(authorized.as('admin'));
  });

  it.each(using)('may not %s', async (action, use) => {
    expect(await refusalOf(use(authorized.as('admin')))).toEqual(
      denied(arnOf('admin'), action, key.arn, 'identity-based'),
    );
  });
});

describe('Whom a key policy names as its user', () => {
  it.each([...using, ['DescribeKey', describing] as const])('may %s', async (_, use) => {
    await use(authorized.as('worker'));
  });

  it.each([...managing, ['ScheduleKeyDeletion', destroying] as const])('may not %s', async (action, use) => {
    expect(await refusalOf(use(authorized.as('worker')))).toEqual(
      denied(arnOf('worker'), action, key.arn, 'identity-based'),
    );
  });
});

describe('Beside the two,', () => {
  it.each([...managing, ...using])('the root user of the account may %s', async (_, use) => {
    await use(authorized.as(own));
  });

  it.each([...managing, ...using])('another user may not %s', async (action, use) => {
    expect(await refusalOf(use(authorized.as('bystander')))).toEqual(
      denied(arnOf('bystander'), action, key.arn, 'identity-based'),
    );
  });

  it('the journal says which statement let each of them in, and none where none did', async () => {
    for (const name of ['admin', 'worker', own]) await describing(authorized.as(name));
    await refusalOf(describing(authorized.as('bystander')));
    const last = authorized.service.journal().slice(-4);
    expect(last.map(({ principal, decidedBy }) => [principal, decidedBy])).toEqual([
      [arnOf('admin'), 'administrators'],
      [arnOf('worker'), 'users'],
      [`arn:aws:iam::${own}:root`, 'delegation'],
      [arnOf('bystander'), undefined],
    ]);
  });
});
