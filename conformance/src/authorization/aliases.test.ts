import {
  CreateAliasCommand,
  DeleteAliasCommand,
  EncryptCommand,
  UpdateAliasCommand,
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
  region,
  useAuthorized,
} from './principals.ts';

const aliasArn = (name: string) => `arn:aws:kms:${region}:${own}:${name}`;
const actions = ['kms:CreateAlias', 'kms:UpdateAlias', 'kms:DeleteAlias'];
const onAliases = allow(actions, { Resource: aliasArn('alias/*') });
const onKeys = allow(actions, { Resource: `arn:aws:kms:*:${own}:key/*` });

const authorized = useAuthorized(
  account(own, {
    both: { may: [onAliases, onKeys] },
    'aliases-only': { may: onAliases },
    'keys-only': { may: onKeys },
    'by-alias': {
      may: allow('kms:Encrypt', {
        Condition: { StringEquals: { 'kms:RequestAlias': 'alias/for-requests' } },
      }),
    },
    'by-resource': {
      may: allow('kms:Encrypt', {
        Condition: { 'ForAnyValue:StringLike': { 'kms:ResourceAliases': 'alias/team-*' } },
      }),
    },
  }),
);

let key: MadeKey;
let other: MadeKey;
let closed: MadeKey;
let names = 0;

beforeAll(async () => {
  key = await authorized.keyUnder(delegates());
  other = await authorized.keyUnder(delegates());
  closed = await authorized.keyUnder(allow('kms:*', { Principal: { AWS: arnOf('keys-only') } }));
});

const create = (name: string, AliasName: string, { id: TargetKeyId }: MadeKey) =>
  authorized.as(name).send(new CreateAliasCommand({ AliasName, TargetKeyId }));
const update = (name: string, AliasName: string, { id: TargetKeyId }: MadeKey) =>
  authorized.as(name).send(new UpdateAliasCommand({ AliasName, TargetKeyId }));
const remove = (name: string, AliasName: string) =>
  authorized.as(name).send(new DeleteAliasCommand({ AliasName }));

/** An alias of the key that the root user made. */
async function madeAlias(target = key): Promise<string> {
  names += 1;
  const name = `alias/made-${names}`;
  await create(own, name, target);
  return name;
}

describe('An alias', () => {
  it('is made, moved and removed by whom IAM allows it on alias and keys', async () => {
    await create('both', 'alias/theirs', key);
    await update('both', 'alias/theirs', other);
    await remove('both', 'alias/theirs');
  });

  it('is refused on the alias, where that permission is missing', async () => {
    const name = await madeAlias();
    expect(await refusalOf(create('keys-only', 'alias/mine', key))).toEqual(
      denied(arnOf('keys-only'), 'CreateAlias', aliasArn('alias/mine'), 'identity-based'),
    );
    expect(await refusalOf(update('keys-only', name, other))).toEqual(
      denied(arnOf('keys-only'), 'UpdateAlias', aliasArn(name), 'identity-based'),
    );
    expect(await refusalOf(remove('keys-only', name))).toEqual(
      denied(arnOf('keys-only'), 'DeleteAlias', aliasArn(name), 'identity-based'),
    );
  });

  it('is refused on the key, where that permission is missing', async () => {
    const name = await madeAlias();
    expect(await refusalOf(create('aliases-only', 'alias/mine', key))).toEqual(
      denied(arnOf('aliases-only'), 'CreateAlias', key.arn, 'identity-based'),
    );
    expect(await refusalOf(remove('aliases-only', name))).toEqual(
      denied(arnOf('aliases-only'), 'DeleteAlias', key.arn, 'identity-based'),
    );
  });

  it('is refused on a key whose policy does not delegate', async () => {
    expect(await refusalOf(create('both', 'alias/mine', closed))).toEqual(
      denied(arnOf('both'), 'CreateAlias', closed.arn, 'resource-based'),
    );
  });

  it('does not move to a key, or from one, that does not let the caller', async () => {
    const open = await madeAlias();
    expect(await refusalOf(update('both', open, closed))).toEqual(
      denied(arnOf('both'), 'UpdateAlias', closed.arn, 'resource-based'),
    );
    const keeper = 'keys-only';
    const client = authorized.as(keeper);
    expect(
      await refusalOf(client.send(new CreateAliasCommand({ AliasName: 'alias/x', TargetKeyId: closed.id }))),
    ).toEqual(denied(arnOf(keeper), 'CreateAlias', aliasArn('alias/x'), 'identity-based'));
  });
});

describe('A condition on aliases', () => {
  const encrypt = (name: string, KeyId: string) =>
    authorized.as(name).send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('a') }));

  it('on the one that the request names is met by name and ARN, and by nothing else', async () => {
    await create(own, 'alias/for-requests', key);
    await create(own, 'alias/not-for-requests', key);
    await encrypt('by-alias', 'alias/for-requests');
    await encrypt('by-alias', aliasArn('alias/for-requests'));
    for (const KeyId of [key.id, key.arn, 'alias/not-for-requests']) {
      expect(await refusalOf(encrypt('by-alias', KeyId))).toEqual(
        denied(arnOf('by-alias'), 'Encrypt', key.arn, 'identity-based'),
      );
    }
  });

  it('on those of the key is met however the key is named, until they are gone', async () => {
    expect(await refusalOf(encrypt('by-resource', other.id))).toMatchObject({
      name: 'AccessDeniedException',
    });
    await create(own, 'alias/team-red', other);
    await encrypt('by-resource', other.id);
    await remove(own, 'alias/team-red');
    expect(await refusalOf(encrypt('by-resource', other.id))).toEqual(
      denied(arnOf('by-resource'), 'Encrypt', other.arn, 'identity-based'),
    );
  });
});
