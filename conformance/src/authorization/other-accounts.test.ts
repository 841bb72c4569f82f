import {
  CreateAliasCommand,
  CreateGrantCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EncryptCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  type KMSClient,
  ListGrantsCommand,
  ListResourceTagsCommand,
  ReEncryptCommand,
  RevokeGrantCommand,
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
  deny,
  type MadeKey,
  other,
  own,
  region,
  rootOf,
  useAuthorized,
} from './principals.ts';

const authorized = useAuthorized(
  account(own, { owner: { may: allow('kms:*') } }),
  account(other, {
    guest: { may: allow('kms:*') },
    idle: {},
    prober: { may: deny('kms:*') },
  }),
);

const guest = arnOf('guest', other);
const idle = arnOf('idle', other);
const aliasOf = (name: string) => `arn:aws:kms:${region}:${own}:alias/${name}`;
const absentArn = `arn:aws:kms:${region}:${own}:key/12345678-1234-4234-8234-123456789012`;
const Plaintext = Buffer.from('a');

let shared: MadeKey;
let closed: MadeKey;
let theirs: MadeKey;
let sharedBlob: Uint8Array | undefined;
let closedBlob: Uint8Array | undefined;

beforeAll(async () => {
  shared = await authorized.keyUnder([
    delegates(),
    allow('kms:*', { Sid: 'shared', Principal: { AWS: rootOf(other) } }),
  ]);
  closed = await authorized.keyUnder(delegates());
  theirs = await authorized.keyUnder(delegates(other), {}, other);
  const owner = authorized.as(own);
  for (const [name, key] of [
    ['shared', shared],
    ['closed', closed],
  ] as const)
    await owner.send(new CreateAliasCommand({ AliasName: `alias/${name}`, TargetKeyId: key.id }));
  const blobOf = async (KeyId: string) =>
    (await owner.send(new EncryptCommand({ KeyId, Plaintext }))).CiphertextBlob;
  [sharedBlob, closedBlob] = [await blobOf(shared.id), await blobOf(closed.id)];
});

const encrypt = (name: string, KeyId: string) =>
  authorized.as(name).send(new EncryptCommand({ KeyId, Plaintext }));

describe('A key that another account is let in to', () => {
  it('is used by its ARN and by the ARN of its alias', async () => {
    for (const KeyId of [shared.arn, aliasOf('shared')])
      expect((await encrypt('guest', KeyId)).KeyId).toBe(shared.arn);
    expect(authorized.service.journal().at(-1)).toMatchObject({
      accountId: other,
      principal: guest,
      decidedBy: 'shared, identity-based policy inline#Statement[0]',
      resources: [shared.arn],
    });
  });

  it('is used by the root user there, for whom it needs no policy', async () => {
    await encrypt(other, shared.arn);
  });

  it('is found by its ciphertext alone', async () => {
    const { KeyId } = await authorized.as('guest').send(new DecryptCommand({ CiphertextBlob: sharedBlob }));
    expect(KeyId).toBe(shared.arn);
    const move = new ReEncryptCommand({ CiphertextBlob: sharedBlob, DestinationKeyId: theirs.arn });
    const { SourceKeyId } = await authorized.as('guest').send(move);
    expect(SourceKeyId).toBe(shared.arn);
  });

  it('needs an identity policy of the other account as well', async () => {
    expect(await refusalOf(encrypt('idle', shared.arn))).toEqual(
      denied(idle, 'Encrypt', shared.arn, 'identity-based'),
    );
  });

  it('answers the other operations that are for other accounts', async () => {
    const client = authorized.as('guest');
    const KeyId = shared.arn;
    await client.send(new DescribeKeyCommand({ KeyId }));
    await client.send(new GetKeyRotationStatusCommand({ KeyId }));
    await client.send(new ListGrantsCommand({ KeyId }));
  });

  it.each([
    ['GetKeyPolicy', (KeyId: string) => new GetKeyPolicyCommand({ KeyId })],
    ['ListResourceTags', (KeyId: string) => new ListResourceTagsCommand({ KeyId })],
  ] as const)('does not answer %s, whatever its policy says', async (action, command) => {
    expect(await refusalOf(authorized.as('guest').send(command(shared.arn)))).toEqual(
      denied(guest, action, shared.arn, 'resource-based'),
    );
  });

  it('cannot be changed from there, whatever its policy says', async () => {
    const client = authorized.as('guest');
    const disable = new DisableKeyCommand({ KeyId: shared.arn });
    expect(await refusalOf(client.send(disable))).toEqual(
      denied(guest, 'DisableKey', shared.arn, 'resource-based'),
    );
    const tag = new TagResourceCommand({ KeyId: shared.arn, Tags: [{ TagKey: 'a', TagValue: 'b' }] });
    expect(await refusalOf(client.send(tag))).toEqual(
      denied(guest, 'TagResource', shared.arn, 'resource-based'),
    );
  });

  it('is found under its id and its alias name in its own account only', async () => {
    expect((await refusalOf(encrypt('guest', shared.id))).name).toBe('NotFoundException');
    expect((await refusalOf(encrypt('guest', 'alias/shared'))).name).toBe('NotFoundException');
  });
});

describe('A key that another account is not let in to', () => {
  it.each(['guest', 'idle', 'prober', other])('sounds to %s as one that is not there', async (name) => {
    const callerArn = name === other ? rootOf(other) : arnOf(name, other);
    for (const KeyId of [closed.arn, absentArn, aliasOf('closed'), aliasOf('absent')]) {
      expect(await refusalOf(encrypt(name, KeyId))).toEqual(
        denied(callerArn, 'Encrypt', KeyId, 'resource-based'),
      );
    }
  });

  it.each<[string, (client: KMSClient, KeyId: string) => Promise<unknown>]>([
    ['DescribeKey', (client, KeyId) => client.send(new DescribeKeyCommand({ KeyId }))],
    ['GetKeyRotationStatus', (client, KeyId) => client.send(new GetKeyRotationStatusCommand({ KeyId }))],
    ['ListGrants', (client, KeyId) => client.send(new ListGrantsCommand({ KeyId }))],
  ])('sounds so to %s too', async (action, send) => {
    for (const KeyId of [closed.arn, absentArn]) {
      expect(await refusalOf(send(authorized.as('guest'), KeyId))).toEqual(
        denied(guest, action, KeyId, 'resource-based'),
      );
    }
  });

  it('gives nothing away by its ciphertext: not that it is there, nor by where that should go', async () => {
    const client = authorized.as('guest');
    const unknown = Buffer.from(closedBlob ?? []);
    unknown.fill(7, 5, 37);
    for (const DestinationKeyId of [
      theirs.arn,
      absentArn,
      closed.arn,
      '12345678-1234-4234-8234-123456789012',
    ]) {
      for (const CiphertextBlob of [closedBlob, unknown]) {
        const move = new ReEncryptCommand({ CiphertextBlob, DestinationKeyId });
        expect((await refusalOf(client.send(move))).message).toMatch(/^The ciphertext refers to a customer/);
      }
    }
    const GrantTokens = ['none'];
    const answers = [closedBlob, unknown].map((CiphertextBlob) =>
      refusalOf(client.send(new DecryptCommand({ CiphertextBlob, GrantTokens }))),
    );
    expect((await Promise.all(answers)).map(({ name }) => name)).toEqual([
      'InvalidGrantTokenException',
      'InvalidGrantTokenException',
    ]);
  });
});

describe('A grant that another account makes', () => {
  const newGrant = (KeyId: string) =>
    new CreateGrantCommand({ KeyId, GranteePrincipal: idle, Operations: ['Encrypt'] });

  it('changes the account of the key, and its commits count it', async () => {
    const client = authorized.as('guest');
    const { GrantId = '', GrantToken = '' } = await client.send(newGrant(shared.arn));
    expect(authorized.service.journal().at(-1)).toMatchObject({
      eventName: 'CreateGrant',
      accountId: other,
      changedAccountId: own,
    });
    const use = new EncryptCommand({ KeyId: shared.arn, Plaintext, GrantTokens: [GrantToken] });
    await authorized.as('idle').send(use);
    expect(authorized.service.journal().at(-1)).toMatchObject({ decidedBy: `grant ${GrantId}` });
    await client.send(new RevokeGrantCommand({ KeyId: shared.arn, GrantId }));
    const { findings } = await authorized.service.admin('doctor');
    const flaws = (findings as readonly { readonly level: string }[]).filter(({ level }) => level !== 'good');
    expect(flaws).toEqual([]);
  });

  it('is refused where the key does not let it in, as for a key that is not there', async () => {
    for (const KeyId of [closed.arn, absentArn]) {
      expect(await refusalOf(authorized.as('guest').send(newGrant(KeyId)))).toEqual(
        denied(guest, 'CreateGrant', KeyId, 'resource-based'),
      );
    }
  });
});
