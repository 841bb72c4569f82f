import { EncryptCommand } from '@aws-sdk/client-kms';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import {
  accountId,
  allows,
  credentialsOf,
  document,
  keyArn,
  keyId,
  keyOf,
  keyOfUser,
  notAssumable,
  otherAccountId,
  region,
  roleArn,
  sessionArn,
  statement,
  stsValidation,
  trusts,
  user,
  userArn,
  useSessions,
} from './sessions-under-test.ts';

const alice = { AWS: userArn('alice') };
const ownAccount = { AWS: `arn:aws:iam::${accountId}:root` };
const mayAssume = { assume: allows('sts:*') };

const sessions = useSessions({
  accounts: [
    {
      id: accountId,
      rootAccessKeys: [keyOf('AKIAOFROOT')],
      users: [
        user('alice'),
        user('bob', mayAssume),
        user('carol', {
          assume: document(
            statement('Allow', 'sts:*', { Resource: '*' }),
            statement('Deny', 'sts:AssumeRole', { Resource: '*' }),
          ),
        }),
      ],
      roles: [
        { name: 'encryptor', trustPolicy: trusts(alice), inlinePolicies: { use: allows('kms:Encrypt') } },
        { name: 'delegated', trustPolicy: trusts(ownAccount), maxSessionSeconds: 7200 },
        { name: 'pathed', path: '/team/blue/', trustPolicy: trusts(alice) },
        { name: 'everyone', trustPolicy: trusts('*') },
        { name: 'from-abroad', trustPolicy: trusts({ AWS: otherAccountId }) },
        {
          name: 'denying',
          trustPolicy: document(
            statement('Allow', 'sts:AssumeRole', { Principal: '*' }),
            statement('Deny', 'sts:AssumeRole', { Principal: alice }),
          ),
        },
      ],
      regions: { [region]: { keys: [{ keyId, aliases: ['alias/orders'] }] } },
    },
    {
      id: otherAccountId,
      rootAccessKeys: [keyOf('AKIAOFOTHERROOT')],
      users: [user('dave', mayAssume), user('erin')],
    },
  ],
});
const [aliceKey, bobKey, carolKey] = [keyOfUser('alice'), keyOfUser('bob'), keyOfUser('carol')];
const [daveKey, erinKey] = [keyOfUser('dave'), keyOfUser('erin')];

describe('AssumeRole', () => {
  it('answers temporary credentials, who they speak for and until when', async () => {
    const before = Date.now();
    const reply = await sessions.assume(aliceKey, 'encryptor', { RoleSessionName: 'first.trial@x' });
    const { Credentials: made, AssumedRoleUser: who } = reply;
    expect(reply.$metadata.httpStatusCode).toBe(200);
    expect(made?.AccessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(made?.SecretAccessKey).toMatch(/^[A-Za-z0-9+/]{40}$/);
    expect(made?.SessionToken).toMatch(/^[\w-]{100,}$/);
    const seconds = ((made?.Expiration?.getTime() ?? 0) - before) / 1000;
    expect(seconds).toBeGreaterThan(3598);
    expect(seconds).toBeLessThan(3660);
    expect(who?.Arn).toBe(sessionArn('encryptor', 'first.trial@x'));
    expect(who?.AssumedRoleId).toMatch(/^AROA[A-Z2-7]{17}:first\.trial@x$/);
    expect(reply.SessionTokenSize).toBe(made?.SessionToken?.length);
    expect(reply.SessionTokenUtilization).toBeGreaterThan(0);
    for (const name of ['PackedPolicySize', 'SourceIdentity'])
      expect(Reflect.get(reply, name)).toBeUndefined();
  });

  it('makes credentials with which STS and KMS know the session', async () => {
    const reply = await sessions.assume(aliceKey, 'encryptor');
    const session = credentialsOf(reply);
    const identity = await sessions.sts(session).send(new GetCallerIdentityCommand({}));
    expect([identity.Arn, identity.Account, identity.UserId]).toEqual([
      sessionArn('encryptor', 'trial'),
      accountId,
      reply.AssumedRoleUser?.AssumedRoleId,
    ]);
    const encrypted = await sessions
      .kms(session)
      .send(new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from('x') }));
    expect(encrypted.KeyId).toBe(keyArn);
  });

  it('makes other credentials each time', async () => {
    const first = await sessions.session(aliceKey, 'encryptor');
    const second = await sessions.session(aliceKey, 'encryptor');
    expect(first.accessKeyId).not.toBe(second.accessKeyId);
    expect(first.secretAccessKey).not.toBe(second.secretAccessKey);
    expect(first.sessionToken).not.toBe(second.sessionToken);
  });

  it('leaves the path of the role out of the session’s ARN, and finds the role by its whole ARN', async () => {
    const session = await sessions.session(aliceKey, roleArn('team/blue/pathed'));
    expect(await sessions.identify(session)).toBe(sessionArn('pathed', 'trial'));
    const bare = roleArn('pathed');
    expect(await refusalOf(sessions.assume(aliceKey, bare))).toEqual(notAssumable(userArn('alice'), bare));
  });

  it('lets in whom IAM allows where the trust policy names the account', async () => {
    expect((await sessions.assume(bobKey, 'delegated')).AssumedRoleUser?.Arn).toBe(
      sessionArn('delegated', 'trial'),
    );
  });

  it('lets in users of another account whom both accounts let in', async () => {
    const session = await sessions.session(daveKey, 'from-abroad');
    expect(await sessions.identify(session)).toBe(sessionArn('from-abroad', 'trial'));
  });

  it('makes sessions as long as the role permits', async () => {
    const { Credentials: made } = await sessions.assume(bobKey, 'delegated', { DurationSeconds: 7200 });
    expect((made?.Expiration?.getTime() ?? 0) - Date.now()).toBeGreaterThan(7_100_000);
  });

  it('fills the token up to the length that is asked for', async () => {
    const reply = await sessions.assume(aliceKey, 'encryptor', { MinimumSessionTokenSize: 4096 });
    expect(reply.SessionTokenSize).toBeGreaterThanOrEqual(4096);
    expect(reply.SessionTokenSize).toBeLessThan(4100);
    expect(await sessions.identify(credentialsOf(reply))).toBe(sessionArn('encryptor', 'trial'));
  });

  it('is recorded with the access key id that it made, and no secret of it', async () => {
    const reply = await sessions.assume(aliceKey, 'encryptor', { RoleSessionName: 'recorded' });
    const record = sessions.service.journal().at(-1);
    expect(record).toMatchObject({
      eventSource: 'sts.amazonaws.com',
      eventName: 'AssumeRole',
      principal: userArn('alice'),
      requestParameters: { RoleArn: roleArn('encryptor'), RoleSessionName: 'recorded' },
      issued: {
        accessKeyId: reply.Credentials?.AccessKeyId,
        principal: sessionArn('encryptor', 'recorded'),
        expiresAt: reply.Credentials?.Expiration?.getTime(),
      },
    });
    const session = credentialsOf(reply);
    await sessions.identify(session);
    const journal = JSON.stringify(sessions.service.journal());
    expect(journal).not.toContain(session.secretAccessKey);
    expect(journal).not.toContain(session.sessionToken);
    expect(sessions.service.journal().at(-1)).toMatchObject({
      principal: sessionArn('encryptor', 'recorded'),
      principalId: reply.AssumedRoleUser?.AssumedRoleId,
      sessionIssuer: roleArn('encryptor'),
      accessKeyId: session.accessKeyId,
    });
  });
});

describe('AssumeRole is refused', () => {
  it('whom the trust policy does not name', async () => {
    const refused = await refusalOf(sessions.assume(bobKey, 'encryptor'));
    expect(refused).toEqual(notAssumable(userArn('bob'), roleArn('encryptor')));
  });

  it('where the trust policy names the account and no identity policy allows', async () => {
    const refused = await refusalOf(sessions.assume(aliceKey, 'delegated'));
    expect(refused).toEqual(notAssumable(userArn('alice'), roleArn('delegated')));
  });

  it('where an identity policy denies, whatever the trust policy says', async () => {
    const refused = await refusalOf(sessions.assume(carolKey, 'everyone'));
    expect(refused).toEqual(notAssumable(userArn('carol'), roleArn('everyone')));
  });

  it('where the trust policy denies', async () => {
    const refused = await refusalOf(sessions.assume(aliceKey, 'denying'));
    expect(refused).toEqual(notAssumable(userArn('alice'), roleArn('denying')));
  });

  it('to users of another account whom their own account does not let, or the role’s does not', async () => {
    const erin = userArn('erin', otherAccountId);
    for (const role of ['from-abroad', 'everyone'])
      expect(await refusalOf(sessions.assume(erinKey, role))).toEqual(notAssumable(erin, roleArn(role)));
    const dave = userArn('dave', otherAccountId);
    expect(await refusalOf(sessions.assume(daveKey, 'delegated'))).toEqual(
      notAssumable(dave, roleArn('delegated')),
    );
  });

  it('for a role that does not exist, in the same words', async () => {
    for (const absent of [roleArn('absent'), roleArn('Encryptor'), roleArn('encryptor', '999999999999')])
      expect(await refusalOf(sessions.assume(bobKey, absent))).toEqual(notAssumable(userArn('bob'), absent));
  });

  it('for what is no role', async () => {
    for (const arn of [
      userArn('alice'),
      keyArn,
      `arn:aws:iam::${accountId}:root`,
      sessionArn('encryptor', 'x'),
    ])
      expect(await refusalOf(sessions.assume(bobKey, arn))).toEqual(notAssumable(userArn('bob'), arn));
  });

  it('to root users', async () => {
    for (const key of ['AKIAOFROOT', 'AKIAOFOTHERROOT'])
      expect(await refusalOf(sessions.assume(keyOf(key), 'everyone'))).toEqual({
        name: 'AccessDenied',
        message: 'Roles may not be assumed by root accounts.',
        status: 403,
      });
  });

  it('for longer than the role permits', async () => {
    const text = 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.';
    for (const [role, seconds] of [
      ['everyone', 3601],
      ['delegated', 7201],
    ] as const) {
      const refused = await refusalOf(sessions.assume(bobKey, role, { DurationSeconds: seconds }));
      expect(refused).toEqual(stsValidation(text));
    }
  });

  it('for less than 15 minutes, and for more than 12 hours, before anything is looked at', async () => {
    for (const [seconds, rule] of [
      [899, 'greater than or equal to 900'],
      [43_201, 'less than or equal to 43200'],
    ] as const) {
      const refused = await refusalOf(sessions.assume(aliceKey, 'absent', { DurationSeconds: seconds }));
      expect(refused).toEqual(
        stsValidation(
          `1 validation error detected: Value '${seconds}' at 'durationSeconds' failed to satisfy constraint: Member must have value ${rule}`,
        ),
      );
    }
  });

  it.each(['x', 'a b', 'é'.repeat(2), 'a'.repeat(65), 'a/b'])('with the session name %j', async (name) => {
    const refused = await refusalOf(sessions.assume(aliceKey, 'encryptor', { RoleSessionName: name }));
    expect(refused.name).toBe('ValidationError');
    expect(refused.message).toContain("at 'roleSessionName' failed to satisfy constraint");
  });

  it('with an MFA device, of which there are none', async () => {
    const serial = `arn:aws:iam::${accountId}:mfa/alice`;
    const refused = await refusalOf(
      sessions.assume(aliceKey, 'encryptor', { SerialNumber: serial, TokenCode: '123456' }),
    );
    expect(refused).toMatchObject({ name: 'AccessDenied', status: 403 });
    expect(refused.message).toMatch(/^MultiFactorAuthentication failed, unable to validate MFA code\./);
    for (const half of [{ SerialNumber: serial }, { TokenCode: '123456' }]) {
      const { message } = await refusalOf(sessions.assume(aliceKey, 'encryptor', half));
      expect(message).toBe(
        'MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.',
      );
    }
  });

  it('with a context of a provider, of which there are none', async () => {
    const ProvidedContexts = [
      { ProviderArn: 'arn:aws:iam::aws:contextProvider/IdentityCenter', ContextAssertion: 'assertion' },
    ];
    const refused = await refusalOf(sessions.assume(aliceKey, 'encryptor', { ProvidedContexts }));
    expect(refused).toEqual(stsValidation('There are no context providers, so no context can be provided.'));
  });

  it('is recorded too', async () => {
    await refusalOf(sessions.assume(bobKey, 'encryptor'));
    expect(sessions.service.journal().at(-1)).toMatchObject({
      eventName: 'AssumeRole',
      principal: userArn('bob'),
      errorCode: 'AccessDeniedException',
    });
    expect(sessions.service.journal().at(-1)).not.toHaveProperty('issued');
  });
});
