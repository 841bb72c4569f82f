import { DescribeKeyCommand, EncryptCommand } from '@aws-sdk/client-kms';
import { sha256Hex } from '@keyhaven/crypto';
import { refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import {
  accountId,
  allows,
  document,
  keyId,
  keyArn,
  keyOfUser,
  notAssumable,
  region,
  roleArn,
  sessionArn,
  statement,
  stsValidation,
  trusts,
  user,
  userArn,
  useSessions,
  type Credentials,
} from './sessions-under-test.ts';

const alice = { AWS: userArn('alice') };
const when = (condition: object) => ({ Condition: condition });
const policyArn = (name: string) => `arn:aws:iam::${accountId}:policy/${name}`;
const tagging = ['sts:AssumeRole', 'sts:TagSession'];
const wide = document(
  ...Array.from({ length: 40 }, (_, index) =>
    statement('Allow', `kms:Encrypt`, {
      Resource: `arn:aws:kms:*:${accountId}:key/${index * 7919}-${index ** 3}`,
    }),
  ),
);

const sessions = useSessions({
  accounts: [
    {
      id: accountId,
      policies: [
        { name: 'encrypt', document: allows('kms:Encrypt') },
        ...Array.from({ length: 10 }, (_, index) => ({
          name: `wide-${index}`,
          // Names that no compression shortens by much.
          document: allows(
            'kms:Encrypt',
            Array.from(
              { length: 60 },
              (_unused, at) => `arn:aws:kms:*:*:key/${sha256Hex(`${index}/${at}`).slice(0, 40)}`,
            ),
          ),
        })),
      ],
      users: [user('alice'), user('bob', { assume: allows('sts:*') })],
      roles: [
        { name: 'operator', trustPolicy: trusts(alice), inlinePolicies: { use: allows('kms:*') } },
        {
          name: 'external',
          trustPolicy: trusts(
            alice,
            'sts:AssumeRole',
            when({ StringEquals: { 'sts:ExternalId': 'agreed-1' } }),
          ),
        },
        {
          name: 'named',
          trustPolicy: trusts(
            alice,
            'sts:AssumeRole',
            when({ StringLike: { 'sts:RoleSessionName': 'job-*' } }),
          ),
        },
        {
          name: 'tagged',
          trustPolicy: trusts(alice, tagging),
          inlinePolicies: {
            use: document(
              statement('Allow', 'kms:Encrypt', {
                Resource: '*',
                ...when({ StringEquals: { 'aws:PrincipalTag/stage': 'test' } }),
              }),
              statement('Allow', 'sts:*', { Resource: '*' }),
            ),
          },
          tags: { stage: 'live', team: 'blue' },
        },
        {
          name: 'picky',
          trustPolicy: trusts(
            alice,
            tagging,
            when({
              StringEquals: { 'aws:RequestTag/stage': 'test' },
              'ForAllValues:StringEquals': { 'aws:TagKeys': ['stage', 'team'] },
            }),
          ),
        },
        { name: 'untagged', trustPolicy: trusts({ AWS: roleArn('tagged') }) },
        { name: 'next', trustPolicy: trusts({ AWS: roleArn('tagged') }, tagging), maxSessionSeconds: 43_200 },
        {
          name: 'sourced',
          trustPolicy: trusts(alice, ['sts:AssumeRole', 'sts:SetSourceIdentity']),
          inlinePolicies: mayAll(),
        },
        {
          name: 'after-sourced',
          trustPolicy: trusts(
            { AWS: roleArn('sourced') },
            ['sts:AssumeRole', 'sts:SetSourceIdentity'],
            when({ StringEquals: { 'sts:SourceIdentity': 'alice' } }),
          ),
        },
        { name: 'after-nothing', trustPolicy: trusts({ AWS: roleArn('sourced') }) },
      ],
      regions: { [region]: { keys: [{ keyId, aliases: ['alias/orders'] }] } },
    },
  ],
});

function mayAll(): object {
  return { all: allows('sts:*') };
}

const aliceKey = keyOfUser('alice');
const tag = (Key: string, Value: string) => ({ Key, Value });
const encrypt = (by: Credentials) =>
  sessions.kms(by).send(new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from('x') }));
const describeKey = (by: Credentials) => sessions.kms(by).send(new DescribeKeyCommand({ KeyId: keyId }));
const outcomeOf = (request: Promise<unknown>) =>
  request.then(
    () => 'allowed',
    (error: unknown) => (error instanceof Error ? error.name : String(error)),
  );

describe('A session policy', () => {
  const onlyEncrypt = JSON.stringify(allows('kms:Encrypt'));

  it('limits the session to what it allows as well, and tells so', async () => {
    const session = await sessions.session(aliceKey, 'operator', { Policy: onlyEncrypt });
    expect((await encrypt(session)).KeyId).toBe(keyArn);
    expect((await refusalOf(describeKey(session))).message).toBe(
      `User: ${sessionArn('operator', 'trial')} is not authorized to perform: kms:DescribeKey on resource: ${keyArn} because no session policy allows the kms:DescribeKey action`,
    );
  });

  it.each(['1.0', '12345678901234567891', '1e400'])(
    'denies what it says with the number %s as it is written',
    async (number) => {
      // JSON.stringify would write another number.
      const Policy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"},
        {"Effect":"Deny","Action":"kms:Encrypt","Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:at":${number}}}}]}`;
      const session = sessions.kms(await sessions.session(aliceKey, 'operator', { Policy }));
      const encryptAt = (at: string) => {
        const EncryptionContext = { at };
        return session.send(
          new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from('x'), EncryptionContext }),
        );
      };
      expect((await refusalOf(encryptAt(number))).message).toContain('explicit deny in a session policy');
      expect((await encryptAt('2')).KeyId).toBe(keyArn);
    },
  );

  it('gives nothing that the role does not have', async () => {
    const session = await sessions.session(aliceKey, 'external', {
      Policy: onlyEncrypt,
      ExternalId: 'agreed-1',
    });
    expect(await outcomeOf(encrypt(session))).toBe('AccessDeniedException');
  });

  it('may be a managed policy, of which any may allow, also beside one in the request', async () => {
    const PolicyArns = [{ arn: policyArn('encrypt') }];
    const managed = await sessions.session(aliceKey, 'operator', { PolicyArns });
    expect([await outcomeOf(encrypt(managed)), await outcomeOf(describeKey(managed))]).toEqual([
      'allowed',
      'AccessDeniedException',
    ]);
    const Policy = JSON.stringify(allows('kms:DescribeKey'));
    const both = await sessions.session(aliceKey, 'operator', { PolicyArns, Policy });
    expect([await outcomeOf(encrypt(both)), await outcomeOf(describeKey(both))]).toEqual([
      'allowed',
      'allowed',
    ]);
  });

  it('takes room, of which the reply tells how much', async () => {
    const small = await sessions.assume(aliceKey, 'operator', { Policy: onlyEncrypt });
    const { SessionTokenUtilization: little = 0 } = small;
    expect(small).toMatchObject({ PackedPolicySize: little });
    const PolicyArns = [{ arn: policyArn('wide-0') }];
    const large = await sessions.assume(aliceKey, 'operator', { Policy: onlyEncrypt, PolicyArns });
    expect(large.SessionTokenUtilization).toBeGreaterThan(little);
    expect(large.SessionTokenUtilization).toBeLessThanOrEqual(100);
  });

  it('is refused with PackedPolicyTooLarge where all together take too much', async () => {
    const PolicyArns = Array.from({ length: 10 }, (_, index) => ({ arn: policyArn(`wide-${index}`) }));
    const refused = await refusalOf(sessions.assume(aliceKey, 'operator', { PolicyArns }));
    expect(refused).toMatchObject({ name: 'PackedPolicyTooLargeException', status: 400 });
    expect(refused.message).toMatch(
      /^Packed policy consumes \d{3}% of allotted space, please use smaller policy\.$/,
    );
  });

  it.each([
    ['text', 'no policy'],
    ['a policy with a principal', JSON.stringify(trusts('*'))],
    ['a policy with a member twice', '{"Version":"2012-10-17","Statement":[],"Statement":[]}'],
    ['a statement without action', JSON.stringify(document({ Effect: 'Allow', Resource: '*' }))],
  ])('is refused with MalformedPolicyDocument if it is %s', async (_, Policy) => {
    const refused = await refusalOf(sessions.assume(aliceKey, 'operator', { Policy }));
    expect(refused).toMatchObject({ name: 'MalformedPolicyDocumentException', status: 400 });
  });

  it('is refused if it is longer than 2,048 characters', async () => {
    const refused = await refusalOf(sessions.assume(aliceKey, 'operator', { Policy: JSON.stringify(wide) }));
    expect(refused.name).toBe('ValidationError');
    expect(refused.message).toContain('Member must have length less than or equal to 2048');
  });

  it('is refused if it is a managed policy that is not there, or of another account', async () => {
    for (const arn of [policyArn('absent'), policyArn('Encrypt'), 'arn:aws:iam::aws:policy/ReadOnlyAccess']) {
      const refused = await refusalOf(sessions.assume(aliceKey, 'operator', { PolicyArns: [{ arn }] }));
      expect(refused).toEqual(stsValidation(`Policy ${arn} does not exist or is not attachable.`));
    }
  });
});

describe('Conditions of a trust policy', () => {
  it.each([
    ['external', { ExternalId: 'agreed-1' }, 'allowed'],
    ['external', { ExternalId: 'agreed-2' }, 'AccessDenied'],
    ['external', {}, 'AccessDenied'],
    ['named', { RoleSessionName: 'job-7' }, 'allowed'],
    ['named', { RoleSessionName: 'other' }, 'AccessDenied'],
    ['picky', { Tags: [tag('stage', 'test')] }, 'allowed'],
    ['picky', { Tags: [tag('stage', 'live')] }, 'AccessDenied'],
    ['picky', { Tags: [tag('stage', 'test'), tag('cost', '1')] }, 'AccessDenied'],
    ['picky', {}, 'AccessDenied'],
  ])('of %s with %j: %s', async (role, input, outcome) => {
    expect(await outcomeOf(sessions.assume(aliceKey, role, input))).toBe(outcome);
  });
});

describe('Session tags', () => {
  it('are the principal’s, over those of the role', async () => {
    const session = await sessions.session(aliceKey, 'tagged', { Tags: [tag('Stage', 'test')] });
    expect(await outcomeOf(encrypt(session))).toBe('allowed');
    const untagged = await sessions.session(aliceKey, 'tagged');
    expect(await outcomeOf(encrypt(untagged))).toBe('AccessDeniedException');
  });

  it('take sts:TagSession', async () => {
    const refused = await refusalOf(sessions.assume(aliceKey, 'operator', { Tags: [tag('stage', 'test')] }));
    expect(refused).toEqual(notAssumable(userArn('alice'), roleArn('operator'), 'sts:TagSession'));
  });

  it('go on to the next role if they are transitive, which then takes sts:TagSession there too', async () => {
    const session = await sessions.session(aliceKey, 'tagged', {
      Tags: [tag('stage', 'test'), tag('job', '7')],
      TransitiveTagKeys: ['stage'],
    });
    const caller = sessionArn('tagged', 'trial');
    expect(await refusalOf(sessions.assume(session, 'untagged'))).toEqual(
      notAssumable(caller, roleArn('untagged'), 'sts:TagSession'),
    );
    expect(await outcomeOf(sessions.assume(session, 'next', { Tags: [tag('job', '8')] }))).toBe('allowed');
    const refused = await refusalOf(sessions.assume(session, 'next', { Tags: [tag('Stage', 'live')] }));
    expect(refused).toMatchObject({ name: 'ValidationError', status: 400 });
  });

  it('stay behind if they are not transitive', async () => {
    const session = await sessions.session(aliceKey, 'tagged', { Tags: [tag('stage', 'test')] });
    expect(await outcomeOf(sessions.assume(session, 'untagged'))).toBe('allowed');
  });

  it.each([
    ['twice, in another case', { Tags: [tag('stage', 'a'), tag('Stage', 'b')] }],
    ['with a reserved key', { Tags: [tag('AWS:stage', 'a')] }],
    ['with a character that tags do not have', { Tags: [tag('stage', '<>')] }],
    ['with an empty key', { Tags: [tag('', 'a')] }],
    ['51 times', { Tags: Array.from({ length: 51 }, (_, index) => tag(`k${index}`, 'v')) }],
    ['transitive and not there', { Tags: [tag('stage', 'a')], TransitiveTagKeys: ['team'] }],
    ['transitive without any', { TransitiveTagKeys: ['team'] }],
  ])('are refused %s', async (_, input) => {
    const refused = await refusalOf(sessions.assume(aliceKey, 'tagged', input));
    expect(refused).toMatchObject({ name: 'ValidationError', status: 400 });
  });
});

describe('A source identity', () => {
  it('stays through every role that is assumed from there', async () => {
    const first = await sessions.assume(aliceKey, 'sourced', { SourceIdentity: 'alice' });
    expect(first.SourceIdentity).toBe('alice');
    const session = await sessions.session(aliceKey, 'sourced', { SourceIdentity: 'alice' });
    const second = await sessions.assume(session, 'after-sourced');
    expect(second.SourceIdentity).toBe('alice');
    const refused = await refusalOf(sessions.assume(session, 'after-sourced', { SourceIdentity: 'mallory' }));
    expect(refused).toEqual(
      notAssumable(sessionArn('sourced', 'trial'), roleArn('after-sourced'), 'sts:SetSourceIdentity'),
    );
    expect(sessions.service.journal().at(-1)).toMatchObject({ sourceIdentity: 'alice' });
  });

  it('takes sts:SetSourceIdentity, also where it only goes on', async () => {
    const refused = await refusalOf(sessions.assume(aliceKey, 'operator', { SourceIdentity: 'alice' }));
    expect(refused).toEqual(notAssumable(userArn('alice'), roleArn('operator'), 'sts:SetSourceIdentity'));
    const session = await sessions.session(aliceKey, 'sourced', { SourceIdentity: 'alice' });
    expect(await refusalOf(sessions.assume(session, 'after-nothing'))).toEqual(
      notAssumable(sessionArn('sourced', 'trial'), roleArn('after-nothing'), 'sts:SetSourceIdentity'),
    );
  });

  it('is what the next role’s trust policy may ask for', async () => {
    const session = await sessions.session(aliceKey, 'sourced', { SourceIdentity: 'bob' });
    expect(await outcomeOf(sessions.assume(session, 'after-sourced'))).toBe('AccessDenied');
  });
});

describe('A session that assumes a role', () => {
  it('gets an hour at most, whatever the role permits', async () => {
    const session = await sessions.session(aliceKey, 'tagged');
    const { Credentials: made } = await sessions.assume(session, 'next');
    expect((made?.Expiration?.getTime() ?? 0) - Date.now()).toBeLessThanOrEqual(3_600_000);
    expect(await refusalOf(sessions.assume(session, 'next', { DurationSeconds: 3601 }))).toEqual(
      stsValidation(
        'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
      ),
    );
  });

  it('is held to its own session policy, also where the trust policy names its role', async () => {
    const session = await sessions.session(aliceKey, 'tagged', { Policy: JSON.stringify(allows('kms:*')) });
    expect(await refusalOf(sessions.assume(session, 'next'))).toEqual(
      notAssumable(sessionArn('tagged', 'trial'), roleArn('next')),
    );
  });
});
