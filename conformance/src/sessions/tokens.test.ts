import { ListKeysCommand } from '@aws-sdk/client-kms';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { refusalOf } from '@keyhaven/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  accountId,
  allows,
  type Credentials,
  invalidToken,
  keyOf,
  keyOfUser,
  sessionArn,
  SessionsUnderTest,
  useSessions,
  trusts,
  user,
  userArn,
} from './sessions-under-test.ts';

const seed = {
  accounts: [
    {
      id: accountId,
      rootAccessKeys: [keyOf('AKIAOFROOT')],
      users: [user('alice')],
      roles: [
        {
          name: 'operator',
          trustPolicy: trusts({ AWS: userArn('alice') }),
          inlinePolicies: { use: allows('kms:*') },
        },
      ],
    },
  ],
};
const alice = keyOfUser('alice');

const sessions = useSessions(seed);
let session: Required<Credentials>;
beforeEach(async () => {
  session = await sessions.session(alice, 'operator');
});

const listKeys = (by: Credentials) => sessions.kms(by).send(new ListKeysCommand({}));
const identify = (by: Credentials) => sessions.sts(by).send(new GetCallerIdentityCommand({}));

async function expectInvalid(by: Credentials): Promise<void> {
  expect(await refusalOf(listKeys(by))).toEqual(invalidToken.kms);
  expect(await refusalOf(identify(by))).toEqual(invalidToken.sts);
}

describe('A session token', () => {
  it('opens after a restart of the service', async () => {
    await sessions.restart();
    expect(await sessions.identify(session)).toBe(sessionArn('operator', 'trial'));
    await listKeys(session);
  });

  it('ends with the domain key that it was sealed under, and those that are made then are good', async () => {
    await listKeys(session);
    await sessions.service.admin('domain-rotate', { scope: { kind: 'identity' } });
    await expectInvalid(session);
    await listKeys(await sessions.session(alice, 'operator'));
  });

  it('is refused with ExpiredTokenException once the session is over, by the service’s time', async () => {
    await sessions.service.advance(3590);
    await listKeys(session);
    await sessions.service.advance(11);
    expect(await refusalOf(listKeys(session))).toEqual({
      name: 'ExpiredTokenException',
      message: 'The security token included in the request is expired',
      status: 400,
    });
    expect(await refusalOf(identify(session))).toMatchObject({ name: 'ExpiredToken', status: 403 });
    // Its access key id tells nobody without the secret that it was ever good.
    const { name } = await refusalOf(listKeys({ ...session, secretAccessKey: 'x'.repeat(40) }));
    expect(name).toBe('InvalidSignatureException');
  });

  it('is refused with any part of it changed', async () => {
    const { sessionToken } = session;
    for (const at of [0, 1, 20, 60, sessionToken.length - 1]) {
      const other = sessionToken[at] === 'A' ? 'B' : 'A';
      await expectInvalid({
        ...session,
        sessionToken: sessionToken.slice(0, at) + other + sessionToken.slice(at + 1),
      });
    }
    for (const changed of [
      sessionToken.slice(1),
      `${sessionToken}A`,
      `${sessionToken}=`,
      'x',
      'A'.repeat(8000),
    ])
      await expectInvalid({ ...session, sessionToken: changed });
  });

  it('is refused with the access key of another session', async () => {
    const other = await sessions.session(alice, 'operator');
    await expectInvalid({ ...session, sessionToken: other.sessionToken });
    await expectInvalid({ ...other, sessionToken: session.sessionToken });
  });

  it('is refused with a long-term access key', async () => {
    await expectInvalid({ ...alice, sessionToken: session.sessionToken });
    await expectInvalid({ ...alice, sessionToken: 'x' });
    await listKeys({ accessKeyId: 'AKIAOFROOT', secretAccessKey: keyOf('AKIAOFROOT').secretAccessKey });
  });

  it('must be there', async () => {
    const { accessKeyId, secretAccessKey } = session;
    await expectInvalid({ accessKeyId, secretAccessKey });
  });

  it('is nothing without the secret access key', async () => {
    const { name } = await refusalOf(listKeys({ ...session, secretAccessKey: alice.secretAccessKey }));
    expect(name).toBe('InvalidSignatureException');
  });

  it('is refused by another installation', async () => {
    const elsewhere = new SessionsUnderTest();
    await elsewhere.start(seed);
    const refused = await refusalOf(elsewhere.kms(session).send(new ListKeysCommand({})));
    await elsewhere.close();
    expect(refused).toEqual(invalidToken.kms);
  });
});
