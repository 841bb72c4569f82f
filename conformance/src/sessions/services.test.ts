import { refusalOf } from '@keyhaven/testkit';
import { EncryptCommand } from '@aws-sdk/client-kms';
import { describe, expect, it } from 'vitest';
import { send } from '../wire/raw-http.ts';
import { sign, toBytesOf, withHeader } from '../wire/signed-request.ts';
import { call, forwardAccess, type JsonReply, signFor, tokenFor } from './forwarding.ts';
import {
  accountId,
  allows,
  type Credentials,
  document,
  invalidToken,
  keyOf,
  keyOfUser,
  region,
  roleArn,
  sessionArn,
  statement,
  trusts,
  user,
  userArn,
  useSessions,
} from './sessions-under-test.ts';

const keyIds = {
  viaS3: 'aaaaaaaa-0000-4000-8000-000000000001',
  service: 'aaaaaaaa-0000-4000-8000-000000000002',
  sourced: 'aaaaaaaa-0000-4000-8000-000000000003',
  open: 'aaaaaaaa-0000-4000-8000-000000000004',
};
type KeyName = keyof typeof keyIds;
const bucket = 'arn:aws:s3:::orders';
const when = (condition: object) => ({ Resource: '*', Condition: condition });
const keyOfPolicy = (name: KeyName, ...statements: readonly object[]) => ({
  keyId: keyIds[name],
  aliases: [`alias/${name.toLowerCase()}`],
  policy: document(
    statement('Allow', 'kms:*', { Resource: '*', Principal: { AWS: `arn:aws:iam::${accountId}:root` } }),
    ...statements,
  ),
});
const toS3 = { Principal: { Service: 's3.amazonaws.com' } };

const sessions = useSessions({
  accounts: [
    {
      id: accountId,
      users: [user('alice'), user('mallory')],
      roles: [
        { name: 'operator', trustPolicy: trusts({ AWS: userArn('alice') }) },
        { name: 'for-s3', trustPolicy: trusts({ Service: 's3.amazonaws.com' }) },
      ],
      services: [
        { name: 's3.amazonaws.com', accessKeys: [keyOf('AKIAOFS3')] },
        { name: 'logs.amazonaws.com', accessKeys: [keyOf('AKIAOFLOGS')] },
        { name: 'sts.amazonaws.com', accessKeys: [keyOf('AKIAOFSTS')] },
      ],
      regions: {
        [region]: {
          keys: [
            keyOfPolicy(
              'viaS3',
              statement('Allow', 'kms:Encrypt', {
                Principal: { AWS: [userArn('alice'), `arn:aws:iam::${accountId}:role/operator`] },
                ...when({ StringEquals: { 'kms:ViaService': `s3.${region}.amazonaws.com` } }),
              }),
            ),
            keyOfPolicy('service', statement('Allow', 'kms:Encrypt', { ...toS3, Resource: '*' })),
            keyOfPolicy(
              'sourced',
              statement('Allow', 'kms:Encrypt', {
                ...toS3,
                ...when({
                  ArnLike: { 'aws:SourceArn': bucket },
                  StringEquals: { 'aws:SourceAccount': accountId },
                }),
              }),
            ),
            keyOfPolicy(
              'open',
              statement('Allow', 'kms:Encrypt', { Principal: { AWS: userArn('alice') }, Resource: '*' }),
            ),
          ],
        },
      },
    },
  ],
});

const [s3, logs, sts] = [keyOf('AKIAOFS3'), keyOf('AKIAOFLOGS'), keyOf('AKIAOFSTS')];
const [alice, mallory] = [keyOfUser('alice'), keyOfUser('mallory')];
const url = () => sessions.service.url;
const forwardedBy = (token: string) => ({ 'x-keyhaven-forwarded-access': token });

function encrypt(
  by: Credentials,
  key: KeyName,
  headers: Readonly<Record<string, string>> = {},
  inRegion = region,
): Promise<JsonReply> {
  const KeyId = `arn:aws:kms:${region}:${accountId}:key/${keyIds[key]}`;
  const body = { KeyId, Plaintext: Buffer.from('x').toString('base64') };
  return call(url(), by, 'TrentService.Encrypt', body, { headers, region: inRegion });
}

const codeOf = ({ status, json }: JsonReply) => (status === 200 ? 'allowed' : json['__type']);
const denied = (message: string) => ({ status: 400, json: { __type: 'AccessDeniedException', message } });
const invalidAccess = denied('The forwarded access token is not valid.');
const notAService = denied('Only the credential of a service may send headers that say for whom it acts.');
const sources = { 'x-keyhaven-source-arn': bucket, 'x-keyhaven-source-account': accountId };

describe('A service that acts for itself', () => {
  it('may what the key policy lets the service do', async () => {
    expect(codeOf(await encrypt(s3, 'service'))).toBe('allowed');
    expect(sessions.service.journal().at(-1)).toMatchObject({
      eventName: 'Encrypt',
      principal: 's3.amazonaws.com',
      accessKeyId: 'AKIAOFS3',
    });
  });

  it('says on whose behalf, and is held to it', async () => {
    expect(codeOf(await encrypt(s3, 'sourced', sources))).toBe('allowed');
    expect(sessions.service.journal().at(-1)).toMatchObject({ sourceArn: bucket, sourceAccount: accountId });
    for (const other of [
      {},
      { 'x-keyhaven-source-arn': bucket },
      { ...sources, 'x-keyhaven-source-arn': 'arn:aws:s3:::others' },
      { ...sources, 'x-keyhaven-source-account': '444455556666' },
    ])
      expect(codeOf(await encrypt(s3, 'sourced', other))).toBe('AccessDeniedException');
  });

  it('may assume a role that trusts it', async () => {
    const session = await sessions.session(s3, 'for-s3');
    expect(await sessions.identify(session)).toBe(sessionArn('for-s3', 'trial'));
  });

  it('is another one than every other service', async () => {
    for (const key of ['service', 'sourced'] as const)
      expect(codeOf(await encrypt(logs, key, sources))).toBe('AccessDeniedException');
    expect((await refusalOf(sessions.assume(logs, 'for-s3'))).name).toBe('AccessDenied');
  });

  it('is no principal of the account that its credential was made in', async () => {
    expect(codeOf(await encrypt(s3, 'open'))).toBe('AccessDeniedException');
    expect(codeOf(await call(url(), s3, 'TrentService.CreateKey', {}))).toBe('AccessDeniedException');
  });

  it.each([
    [{ 'x-keyhaven-source-arn': 'orders' }, 'The value of x-keyhaven-source-arn is not an ARN.'],
    [
      { 'x-keyhaven-source-arn': 'arn:aws:s3:::or ders' },
      'The value of x-keyhaven-source-arn is not an ARN.',
    ],
    [{ 'x-keyhaven-source-account': '1234' }, 'The value of x-keyhaven-source-account is not an account id.'],
  ])('is refused with the source %j', async (headers, message) => {
    const { status, json } = await encrypt(s3, 'service', headers);
    expect([status, json['__type'], json['message']]).toEqual([400, 'ValidationException', message]);
  });
});

describe('A service that acts for a user', () => {
  it('calls as that user, and conditions see by which service', async () => {
    const token = await tokenFor(url(), s3, alice);
    expect(codeOf(await encrypt(s3, 'viaS3', forwardedBy(token)))).toBe('allowed');
    const record = sessions.service.journal().at(-1);
    expect(record).toMatchObject({
      eventName: 'Encrypt',
      principal: userArn('alice'),
      accountId,
      accessKeyId: alice.accessKeyId,
      invokedBy: 's3.amazonaws.com',
    });
    expect(JSON.stringify(record)).not.toContain(token);
  });

  it('calls as the session that signed, with the limits of that session', async () => {
    const session = await sessions.session(alice, 'operator');
    const token = await tokenFor(url(), s3, session);
    expect(codeOf(await encrypt(s3, 'viaS3', forwardedBy(token)))).toBe('allowed');
    expect(sessions.service.journal().at(-1)).toMatchObject({
      principal: sessionArn('operator', 'trial'),
      invokedBy: 's3.amazonaws.com',
    });
    const limited = await sessions.session(alice, 'operator', {
      Policy: JSON.stringify(allows('kms:Decrypt')),
    });
    const weaker = await tokenFor(url(), s3, limited);
    expect(codeOf(await encrypt(s3, 'viaS3', forwardedBy(weaker)))).toBe('AccessDeniedException');
  });

  it.each([
    ['a body', { method: 'PUT', body: 'content', headers: { 'x-amz-meta-a': 'b' } }],
    ['parameters', { query: { 'list-type': '2', prefix: 'a/b c' } }],
    ['the signature in its query', { presigned: true }],
    ['a body that nobody signed', { method: 'PUT', headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }],
    ['a path with dots', { path: '/bucket/a//../b' }],
  ])('is given access for a request with %s', async (_, request) => {
    const token = await tokenFor(url(), s3, alice, request);
    expect(codeOf(await encrypt(s3, 'viaS3', forwardedBy(token)))).toBe('allowed');
  });

  it('is given access for requests of services that encode paths twice', async () => {
    const token = await tokenFor(url(), logs, alice, { service: 'logs', path: '/groups/a%20b' });
    expect(codeOf(await encrypt(logs, 'open', forwardedBy(token)))).toBe('allowed');
    expect(codeOf(await encrypt(logs, 'viaS3', forwardedBy(token)))).toBe('AccessDeniedException');
  });

  it('gets nothing that the user may not do', async () => {
    const token = await tokenFor(url(), s3, mallory);
    expect(codeOf(await encrypt(s3, 'viaS3', forwardedBy(token)))).toBe('AccessDeniedException');
    expect(codeOf(await encrypt(s3, 'open', forwardedBy(token)))).toBe('AccessDeniedException');
  });

  it('gets no session of a role, which would outlast the token and forget the service', async () => {
    const headers = forwardedBy(await tokenFor(url(), s3, alice));
    const RoleArn = roleArn('operator');
    const body = `Action=AssumeRole&Version=2011-06-15&RoleArn=${encodeURIComponent(RoleArn)}&RoleSessionName=trial`;
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const request = await sign(url(), {
      region,
      operation: null,
      service: 'sts',
      ...s3,
      body,
      headers: { ...form, ...headers },
    });
    const { status, body: reply } = await send(url(), toBytesOf(request));
    expect([status, /<Message>(.*)<\/Message>/.exec(reply)?.[1]]).toEqual([
      403,
      `User: ${userArn('alice')} is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`,
    ]);
  });

  it('has its own permissions no more while it acts for a user', async () => {
    const token = await tokenFor(url(), s3, mallory);
    expect(codeOf(await encrypt(s3, 'service', forwardedBy(token)))).toBe('AccessDeniedException');
  });

  it('is recorded where access was given, and for whom', async () => {
    await tokenFor(url(), s3, alice);
    const record = sessions.service.journal().at(-1);
    expect(record).toMatchObject({
      eventSource: 'services.keyhaven',
      eventName: 'ForwardAccess',
      principal: 's3.amazonaws.com',
      requestParameters: { Service: 's3', Method: 'GET' },
      issued: { principal: userArn('alice'), accessKeyId: alice.accessKeyId },
    });
  });
});

describe('Nobody but a service', () => {
  it.each([
    ['x-keyhaven-source-arn', bucket],
    ['x-keyhaven-source-account', accountId],
    ['x-keyhaven-forwarded-access', 'token'],
  ])('may send %s, and the attempt is recorded', async (name, value) => {
    expect(await encrypt(alice, 'open', { [name]: value })).toEqual(notAService);
    expect(sessions.service.journal().at(-1)).toMatchObject({
      principal: userArn('alice'),
      errorCode: 'AccessDeniedException',
    });
    expect(sessions.service.journal().at(-1)).not.toHaveProperty('sourceArn');
  });

  it('may use a token, not even the user whom it is for', async () => {
    const token = await tokenFor(url(), s3, alice);
    expect(await encrypt(alice, 'viaS3', forwardedBy(token))).toEqual(notAService);
    expect(await encrypt(await sessions.session(alice, 'operator'), 'viaS3', forwardedBy(token))).toEqual(
      notAService,
    );
  });

  it('is given forwarded access', async () => {
    for (const by of [alice, await sessions.session(s3, 'for-s3')])
      expect(await forwardAccess(url(), by, await signFor(alice))).toEqual(
        denied('Only a service can be given forwarded access.'),
      );
  });

  it('can make a direct call look like one by a service', async () => {
    expect(codeOf(await encrypt(alice, 'viaS3'))).toBe('AccessDeniedException');
  });
});

describe('A forwarded access token is refused', () => {
  it('from another service', async () => {
    const token = await tokenFor(url(), s3, alice);
    expect(await encrypt(logs, 'open', forwardedBy(token))).toEqual(invalidAccess);
    expect(sessions.service.journal().at(-1)).toMatchObject({ principal: 'logs.amazonaws.com' });
  });

  it('in another Region', async () => {
    const token = await tokenFor(url(), s3, alice);
    expect(await encrypt(s3, 'open', forwardedBy(token), 'us-east-1')).toEqual(invalidAccess);
  });

  it('with a character changed, and where it is none at all', async () => {
    const token = await tokenFor(url(), s3, alice);
    const last = token.endsWith('A') ? 'B' : 'A';
    const { sessionToken } = await sessions.session(alice, 'operator');
    for (const forged of [`${token.slice(0, -1)}${last}`, token.slice(1), 'x', sessionToken])
      expect(await encrypt(s3, 'open', forwardedBy(forged))).toEqual(invalidAccess);
  });

  it('that nobody signed, or that comes twice', async () => {
    const token = await tokenFor(url(), s3, alice);
    const body = { KeyId: keyIds.open, Plaintext: 'eA==' };
    const headers = { 'x-amz-target': 'TrentService.Encrypt' };
    const signed = await sign(url(), { region, operation: null, ...s3, body, headers });
    const unsigned = await send(url(), toBytesOf(withHeader(signed, 'x-keyhaven-forwarded-access', token)));
    expect(unsigned.body).toContain(
      "'x-keyhaven-forwarded-access' must be a 'SignedHeader' in the AWS Authorization.",
    );
    const once = await sign(url(), {
      region,
      operation: null,
      ...s3,
      body,
      headers: { ...headers, ...forwardedBy(token) },
    });
    const twice = { ...once, headers: [...once.headers, ['x-keyhaven-forwarded-access', token] as const] };
    expect((await send(url(), toBytesOf(twice))).body).toContain('InvalidSignatureException');
  });

  it('with a token in place of the service’s own signature', async () => {
    const token = await tokenFor(url(), s3, alice);
    const kms = sessions.kms({ ...s3, sessionToken: token });
    const refused = await refusalOf(
      kms.send(new EncryptCommand({ KeyId: keyIds.open, Plaintext: Buffer.from('x') })),
    );
    expect(refused).toEqual(invalidToken.kms);
  });

  it('after five minutes', async () => {
    const token = await tokenFor(url(), s3, alice);
    await sessions.service.advance(299);
    expect(codeOf(await encrypt(s3, 'open', forwardedBy(token)))).toBe('allowed');
    await sessions.service.advance(2);
    expect(await encrypt(s3, 'open', forwardedBy(token))).toEqual(invalidAccess);
  });
});

describe('ForwardAccess is refused', () => {
  const otherService = denied('A service acts for users only on requests that they signed for that service.');

  it.each(['logs', 'kms', 'sts'])('for a request that was signed for %s', async (service) => {
    const input = await signFor(alice, { service });
    expect(await forwardAccess(url(), s3, input)).toEqual(otherService);
    const { json } = await forwardAccess(url(), s3, { ...input, Service: 's3' });
    expect(json['message']).toContain("Credential should be scoped to correct service: 's3'.");
  });

  it('for what users sign to prove who they are, also to a service of that name', async () => {
    const input = await signFor(alice, { service: 'sts', path: '/', presigned: true });
    expect(await forwardAccess(url(), sts, input)).toEqual(otherService);
  });

  it('for a request that was signed for another Region', async () => {
    expect(await forwardAccess(url(), s3, await signFor(alice, { region: 'us-east-1' }))).toEqual(
      denied('The request was signed for another Region.'),
    );
  });

  it('for another service’s request', async () => {
    expect(await forwardAccess(url(), s3, await signFor(s3))).toEqual(
      denied('A service acts for users, not for services.'),
    );
  });

  it('for a request of ten minutes ago', async () => {
    const input = await signFor(alice, { signedAt: new Date(Date.now() - 600_000) });
    const { json } = await forwardAccess(url(), s3, input);
    expect(json).toMatchObject({ __type: 'InvalidSignatureException' });
    expect(json['message']).toMatch(/^Signature expired: /);
  });

  it('for any request that is not exactly the one that was signed', async () => {
    const input = await signFor(alice, { method: 'PUT', body: 'content', query: { partNumber: '1' } });
    const hash = '0'.repeat(64);
    const withValue = (name: string, value: string) => ({
      Headers: input.Headers.map(([one = '', old = '']) => [one, one === name ? value : old]),
    });
    const changes: readonly object[] = [
      { Method: 'GET' },
      { Path: '/bucket/another' },
      { Path: '/bucket/a%2520key' },
      { Query: 'partNumber=2' },
      { Query: '' },
      { BodySha256: hash },
      { BodySha256: hash, ...withValue('x-amz-content-sha256', hash) },
      { BodySha256: 'UNSIGNED-PAYLOAD' },
      withValue('host', 'elsewhere'),
      { Headers: [...input.Headers, ['x-amz-meta-more', 'x']] },
      { Headers: [...input.Headers, ['host', 'elsewhere']] },
    ];
    for (const change of changes) {
      const { status, json } = await forwardAccess(url(), s3, { ...input, ...change });
      expect([status, json['__type']]).toEqual([400, 'InvalidSignatureException']);
    }
  });

  it('for a request that an unknown access key signed, or a session without its token', async () => {
    const { accessKeyId, secretAccessKey } = await sessions.session(alice, 'operator');
    for (const by of [keyOf('AKIAUNKNOWN'), { accessKeyId, secretAccessKey }]) {
      const { json } = await forwardAccess(url(), s3, await signFor(by));
      expect(json).toMatchObject({ __type: 'UnrecognizedClientException' });
    }
  });

  it.each([
    [{ Headers: [['host', 'a\nx-amz-date:b']] }, 'headers'],
    [{ Headers: [['host', '\u0100']] }, 'headers'],
    [{ Headers: [['host']] }, 'headers'],
    [{ Path: 'bucket' }, 'path'],
    [{ Path: '/a\n/b' }, 'path'],
    [{ Query: 'a=b\n' }, 'query'],
    [{ Method: 'GET\n' }, 'method'],
    [{ BodySha256: 'anything' }, 'bodySha256'],
    [{ Service: 'S3' }, 'service'],
  ])('for a description that could not have been on the wire: %j', async (change, member) => {
    const { json } = await forwardAccess(url(), s3, { ...(await signFor(alice)), ...change });
    expect(json).toMatchObject({ __type: 'ValidationException' });
    expect(json['message']).toContain(`'${member}`);
  });

  it('where it is signed for another service than KMS', async () => {
    const { json } = await forwardAccess(url(), s3, await signFor(alice), { service: 's3' });
    expect(json).toMatchObject({ __type: 'InvalidSignatureException' });
  });

  it('by no other name', async () => {
    const { json } = await call(url(), s3, 'KeyhavenServices.Encrypt', {});
    expect(json).toEqual({ __type: 'UnknownOperationException' });
    expect((await call(url(), s3, 'TrentService.ForwardAccess', {})).json).toEqual({
      __type: 'UnknownOperationException',
    });
  });
});
