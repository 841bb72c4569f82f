import {
  CreateGrantCommand,
  EncryptCommand,
  type GrantOperation,
  ListGrantsCommand,
  RetireGrantCommand,
} from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { call } from '../sessions/forwarding.ts';
import {
  accountId,
  allows,
  type Credentials,
  keyArn,
  keyId,
  keyOf,
  keyOfUser,
  region,
  roleArn,
  sessionArn,
  trusts,
  user,
  userArn,
  useSessions,
} from '../sessions/sessions-under-test.ts';

const root = keyOf('AKIAOFROOT');
const [s3, sns] = [keyOf('AKIAOFS3'), keyOf('AKIAOFSNS')];
const alice = keyOfUser('alice');

const sessions = useSessions({
  accounts: [
    {
      id: accountId,
      rootAccessKeys: [root],
      users: [user('alice')],
      roles: ['app', 'other', 'limited', 'whole'].map((name) => ({
        name,
        trustPolicy: trusts({ AWS: userArn('alice') }),
      })),
      services: [
        { name: 's3.amazonaws.com', accessKeys: [s3] },
        { name: 'sns.amazonaws.com', accessKeys: [sns] },
      ],
      regions: { [region]: { keys: [{ keyId }] } },
    },
  ],
});

const Operations: GrantOperation[] = ['Encrypt'];
const grantTo = (GranteePrincipal: string) =>
  sessions.kms(root).send(new CreateGrantCommand({ KeyId: keyId, GranteePrincipal, Operations }));
const encrypt = (by: Credentials) =>
  sessions.kms(by).send(new EncryptCommand({ KeyId: keyArn, Plaintext: Buffer.from('x') }));
const codeOf = async (request: Promise<unknown>) => (await refusalOf(request)).name;

describe('A grant to a role', () => {
  it('lets in every session of it, and no session of another role', async () => {
    const [one, two, other] = [
      await sessions.session(alice, 'app', { RoleSessionName: 'one' }),
      await sessions.session(alice, 'app', { RoleSessionName: 'two' }),
      await sessions.session(alice, 'other'),
    ];
    expect(await codeOf(encrypt(one))).toBe('AccessDeniedException');
    await grantTo(roleArn('app'));
    await encrypt(one);
    await encrypt(two);
    for (const by of [other, alice]) expect(await codeOf(encrypt(by))).toBe('AccessDeniedException');
  });

  it('lets in no session whose session policy does not', async () => {
    await grantTo(roleArn('limited'));
    const within = await sessions.session(alice, 'limited', {
      Policy: JSON.stringify(allows('kms:Encrypt')),
    });
    const without = await sessions.session(alice, 'limited', {
      Policy: JSON.stringify(allows('kms:Decrypt')),
    });
    await encrypt(within);
    expect(await codeOf(encrypt(without))).toBe('AccessDeniedException');
  });
});

describe('A grant to a session', () => {
  it('lets in that session alone, by whatever credentials, and shows it by its ARN', async () => {
    const arn = sessionArn('whole', 'one');
    await grantTo(arn);
    await encrypt(await sessions.session(alice, 'whole', { RoleSessionName: 'one' }));
    await encrypt(await sessions.session(alice, 'whole', { RoleSessionName: 'one' }));
    const two = await sessions.session(alice, 'whole', { RoleSessionName: 'two' });
    expect(await codeOf(encrypt(two))).toBe('AccessDeniedException');
    const listed = new ListGrantsCommand({ KeyId: keyId, GranteePrincipal: arn });
    const { Grants } = await sessions.kms(root).send(listed);
    expect(Grants?.map(({ GranteePrincipal }) => GranteePrincipal)).toEqual([arn]);
  });
});

describe('A grant to a service', () => {
  const SourceArn = `arn:aws:sns:${region}:${accountId}:topic`;
  const ask = (by: Credentials, operation: string, body: object, sourceArn?: string) =>
    call(sessions.service.url, by, `TrentService.${operation}`, body, {
      headers: sourceArn === undefined ? {} : { 'x-keyhaven-source-arn': sourceArn },
    });
  const encryptAs = async (by: Credentials, sourceArn?: string) => {
    const body = { KeyId: keyArn, Plaintext: Buffer.from('x').toString('base64') };
    return (await ask(by, 'Encrypt', body, sourceArn)).status;
  };
  const grantToS3 = () =>
    sessions.kms(root).send(
      new CreateGrantCommand({
        KeyId: keyId,
        GranteeServicePrincipal: 's3.amazonaws.com',
        RetiringServicePrincipal: 's3.amazonaws.com',
        Operations: ['Encrypt'],
        Constraints: { SourceArn },
      }),
    );

  it('lets that service in on behalf of that resource, and neither for another nor another service', async () => {
    expect(await encryptAs(s3, SourceArn)).toBe(400);
    await grantToS3();
    expect(await encryptAs(s3, SourceArn)).toBe(200);
    for (const status of [
      await encryptAs(s3),
      await encryptAs(s3, `${SourceArn}-2`),
      await encryptAs(sns, SourceArn),
    ])
      expect(status).toBe(400);
  });

  it('is listed for that service and retired by it, on behalf of whatever, and by no other', async () => {
    const { GrantId, GrantToken } = await grantToS3();
    const RetiringServicePrincipal = 's3.amazonaws.com';
    const listed = await ask(s3, 'ListRetirableGrants', { RetiringServicePrincipal, Limit: 100 });
    const ids = (listed.json['Grants'] as { readonly GrantId: string }[]).map((grant) => grant.GrantId);
    expect(ids).toContain(GrantId);
    const foreign = await ask(sns, 'ListRetirableGrants', { RetiringServicePrincipal });
    expect(foreign.json['__type']).toBe('ValidationException');
    const notIts = await ask(s3, 'ListRetirableGrants', { RetiringPrincipal: userArn('alice') });
    expect(notIts.json['__type']).toBe('AccessDeniedException');
    expect((await ask(sns, 'RetireGrant', { GrantToken })).json['__type']).toBe('AccessDeniedException');
    expect((await ask(s3, 'RetireGrant', { GrantToken })).status).toBe(200);
    const gone = sessions.kms(root).send(new RetireGrantCommand({ GrantToken }));
    expect(await codeOf(gone)).toBe('InvalidGrantTokenException');
  });
});
