import {
  DecryptCommand,
  EncryptCommand,
  GenerateRandomCommand,
  ListAliasesCommand,
  ListKeysCommand,
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
  documentOf,
  type MadeKey,
  own,
  region,
  useAuthorized,
} from './principals.ts';

const encrypts = allow(['kms:Encrypt', 'kms:ListKeys']);

const authorized = useAuthorized(
  account(
    own,
    {
      encrypter: { may: encrypts },
      member: { more: { groups: ['encrypters'] } },
      bounded: { may: allow('kms:*'), more: { boundary: 'decrypts' } },
      refused: { may: [encrypts, deny('kms:Encrypt')] },
      tagged: {
        may: allow('kms:*', {
          Condition: { StringEquals: { 'aws:ResourceTag/team': '${aws:PrincipalTag/team}' } },
        }),
        more: { tags: { team: 'red' } },
      },
      nobody: {},
    },
    {
      policies: [
        { name: 'encrypts', document: documentOf(encrypts) },
        { name: 'decrypts', document: documentOf(allow('kms:Decrypt')) },
      ],
      groups: [{ name: 'encrypters', policies: ['encrypts'] }],
      controlPolicies: { service: { guard: documentOf([allow('*'), deny('kms:GenerateRandom')]) } },
    },
  ),
);

let delegated: MadeKey;
let closed: MadeKey;

beforeAll(async () => {
  delegated = await authorized.keyUnder(delegates());
  closed = await authorized.keyUnder(allow('kms:*', { Principal: { AWS: arnOf('nobody') } }));
});

const encrypt = (name: string, key: MadeKey) =>
  authorized.as(name).send(new EncryptCommand({ KeyId: key.id, Plaintext: Buffer.from('a') }));
const decidedBy = () => authorized.service.journal().at(-1)?.['decidedBy'];

describe('A key policy that delegates to the account', () => {
  it('lets in whom an identity policy allows', async () => {
    await encrypt('encrypter', delegated);
    expect(decidedBy()).toBe('delegation, identity-based policy inline#Statement[0]');
  });

  it('lets in whom a policy of its group allows', async () => {
    await encrypt('member', delegated);
    expect(decidedBy()).toBe(
      `delegation, identity-based policy arn:aws:iam::${own}:policy/encrypts#Statement[0]`,
    );
  });

  it('lets in the root user without any', async () => {
    await encrypt(own, delegated);
    expect(decidedBy()).toBe('delegation');
  });

  it('does not let in whom no identity policy allows', async () => {
    expect(await refusalOf(encrypt('nobody', delegated))).toEqual(
      denied(arnOf('nobody'), 'Encrypt', delegated.arn, 'identity-based'),
    );
  });

  it('does not let in whom an identity policy allows other things', async () => {
    const CiphertextBlob = (await encrypt(own, delegated)).CiphertextBlob;
    const decrypt = new DecryptCommand({ KeyId: delegated.id, CiphertextBlob });
    expect(await refusalOf(authorized.as('encrypter').send(decrypt))).toEqual(
      denied(arnOf('encrypter'), 'Decrypt', delegated.arn, 'identity-based'),
    );
  });

  it('does not let in whom the boundary keeps from it', async () => {
    const reason = 'because no permissions boundary allows the kms:Encrypt action';
    expect(await refusalOf(encrypt('bounded', delegated))).toEqual(
      denied(arnOf('bounded'), 'Encrypt', delegated.arn, { reason }),
    );
  });

  it('does not let in whom an identity policy denies', async () => {
    const reason = 'with an explicit deny in an identity-based policy';
    expect(await refusalOf(encrypt('refused', delegated))).toEqual(
      denied(arnOf('refused'), 'Encrypt', delegated.arn, { reason }),
    );
  });
});

describe('A key policy that does not delegate', () => {
  it.each(['encrypter', 'member', 'bounded', own])('does not let in %s, whatever IAM says', async (name) => {
    const callerArn = name === own ? `arn:aws:iam::${own}:root` : arnOf(name);
    expect(await refusalOf(encrypt(name, closed))).toEqual(
      denied(callerArn, 'Encrypt', closed.arn, 'resource-based'),
    );
  });

  it('lets in whom it names, whatever IAM leaves out', async () => {
    await encrypt('nobody', closed);
    const key = await authorized.keyUnder(
      allow('kms:*', { Sid: 'named', Principal: { AWS: arnOf('bounded') } }),
    );
    await encrypt('bounded', key);
    expect(decidedBy()).toBe('named');
  });

  it('does not let in whom it names where IAM denies', async () => {
    const key = await authorized.keyUnder(allow('kms:*', { Principal: { AWS: arnOf('refused') } }));
    const reason = 'with an explicit deny in an identity-based policy';
    expect(await refusalOf(encrypt('refused', key))).toEqual(
      denied(arnOf('refused'), 'Encrypt', key.arn, { reason }),
    );
  });
});

describe('What only IAM governs', () => {
  it('is for whom an identity policy allows it, and for the root user', async () => {
    for (const name of ['encrypter', own]) await authorized.as(name).send(new ListKeysCommand({}));
  });

  it('is for nobody else', async () => {
    expect(await refusalOf(authorized.as('nobody').send(new ListKeysCommand({})))).toEqual(
      denied(arnOf('nobody'), 'ListKeys', '*', 'identity-based'),
    );
    expect(await refusalOf(authorized.as('encrypter').send(new ListAliasesCommand({})))).toEqual(
      denied(arnOf('encrypter'), 'ListAliases', '*', 'identity-based'),
    );
  });

  it.each([own, 'bounded'])('is not for %s where a service control policy denies it', async (name) => {
    const callerArn = name === own ? `arn:aws:iam::${own}:root` : arnOf(name);
    const random = new GenerateRandomCommand({ NumberOfBytes: 8 });
    const reason = 'with an explicit deny in a service control policy';
    expect(await refusalOf(authorized.as(name).send(random))).toEqual(
      denied(callerArn, 'GenerateRandom', '*', { reason }),
    );
  });
});

describe('An identity policy about tags', () => {
  const keyOf = (team: string) =>
    authorized.keyUnder(delegates(), { Tags: [{ TagKey: 'team', TagValue: team }] });

  it('lets in where the tags of key and user are the same, and not where they differ', async () => {
    await encrypt('tagged', await keyOf('red'));
    const blue = await keyOf('blue');
    expect(await refusalOf(encrypt('tagged', blue))).toEqual(
      denied(arnOf('tagged'), 'Encrypt', blue.arn, 'identity-based'),
    );
    expect(await refusalOf(encrypt('tagged', delegated))).toMatchObject({ name: 'AccessDeniedException' });
  });

  it('means nothing in a key policy, which never sees the tags of its key', async () => {
    const Condition = { StringEquals: { 'aws:ResourceTag/team': 'red' } };
    const byTag = allow('kms:Encrypt', { Principal: { AWS: arnOf('nobody') }, Condition });
    const key = await authorized.keyUnder(byTag, { Tags: [{ TagKey: 'team', TagValue: 'red' }] });
    expect(await refusalOf(encrypt('nobody', key))).toEqual(
      denied(arnOf('nobody'), 'Encrypt', key.arn, 'resource-based'),
    );
  });
});

it('Principals of another Region are the same', async () => {
  expect(region).not.toBe('us-east-1');
  const client = authorized.service.client({
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAencrypter', secretAccessKey: 'encrypter' },
  });
  await client.send(new ListKeysCommand({}));
  expect((await refusalOf(client.send(new ListAliasesCommand({})))).name).toBe('AccessDeniedException');
});
