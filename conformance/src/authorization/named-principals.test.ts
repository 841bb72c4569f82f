import { EncryptCommand, GetKeyPolicyCommand, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  account,
  allow,
  arnOf,
  delegates,
  documentOf,
  type MadeKey,
  other,
  own,
  textOf,
  useAuthorized,
} from './principals.ts';

const trustPolicy = documentOf({ Effect: 'Allow', Principal: { AWS: own }, Action: 'sts:AssumeRole' });
const authorized = useAuthorized(
  account(
    own,
    { named: {}, unnamed: {}, 'in-path': { more: { path: '/staff/' } } },
    { roles: [{ name: 'app', trustPolicy }] },
  ),
  account(other, { guest: {} }),
);

const invalidPrincipals = {
  name: 'MalformedPolicyDocumentException',
  message: 'Policy contains a statement with one or more invalid principals.',
  status: 400,
};

let key: MadeKey;

beforeAll(async () => {
  key = await authorized.keyUnder(delegates());
});

const naming = (...AWS: readonly string[]) => [delegates(), allow('kms:Encrypt', { Principal: { AWS } })];
const put = (Policy: string) => authorized.as(own).send(new PutKeyPolicyCommand({ KeyId: key.id, Policy }));
const encrypt = (name: string) =>
  authorized.as(name).send(new EncryptCommand({ KeyId: key.id, Plaintext: Buffer.from('a') }));

describe('A key policy', () => {
  it('may name users, roles and sessions that exist, and is shown as it was put', async () => {
    const policy = textOf(
      naming(
        arnOf('named'),
        arnOf('staff/in-path'),
        arnOf('guest', other),
        `arn:aws:iam::${own}:role/app`,
        `arn:aws:sts::${own}:assumed-role/app/build`,
        `arn:aws:iam::${other}:root`,
      ),
    );
    await put(policy);
    const { Policy = '' } = await authorized.as(own).send(new GetKeyPolicyCommand({ KeyId: key.id }));
    expect(JSON.parse(Policy)).toEqual(JSON.parse(policy));
  });

  it('lets in the user that it names, and no other', async () => {
    await put(textOf(naming(arnOf('named'))));
    await encrypt('named');
    expect((await refusalOf(encrypt('unnamed'))).name).toBe('AccessDeniedException');
  });

  it.each([
    ['a user that does not exist', arnOf('absent')],
    ['a user under another path', arnOf('in-path')],
    ['a user in another spelling', arnOf('NAMED')],
    ['a user of another account', arnOf('named', other)],
    ['a user of an account that does not exist', arnOf('named', '999999999999')],
    ['a role that does not exist', `arn:aws:iam::${own}:role/absent`],
    ['a session of a role that does not exist', `arn:aws:sts::${own}:assumed-role/absent/build`],
    ['a federated user', `arn:aws:sts::${own}:federated-user/somebody`],
    ['an account that does not exist', '999999999999'],
    ['the unique id of nobody', 'AIDAIOSFODNN7EXAMPLE1'],
  ])('is refused for %s', async (_, name) => {
    expect(await refusalOf(put(textOf(naming(arnOf('named'), name))))).toEqual(invalidPrincipals);
  });
});
