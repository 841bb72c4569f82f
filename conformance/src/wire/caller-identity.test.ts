import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { refusalOf, startTestService, type TestService } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RawReply, send } from './raw-http.ts';
import {
  callerIdentity,
  presign,
  type RequestOptions,
  sign,
  toBytesOf,
  type WireRequest,
  withHeader,
  withoutHeader,
} from './signed-request.ts';

let service: TestService;

beforeAll(async () => {
  service = await startTestService();
});

afterAll(() => service.close());

const answer = (request: WireRequest): Promise<RawReply> => send(service.url, toBytesOf(request));
const posted = (options: RequestOptions = {}) => sign(service.url, { ...callerIdentity, ...options });
const byGet: RequestOptions = {
  operation: null,
  service: 'sts',
  method: 'GET',
  body: '',
  headers: { 'content-type': undefined },
  query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
};

function successOf({ headers }: RawReply): string {
  return (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>' +
    '<Arn>arn:aws:iam::000000000000:root</Arn><UserId>000000000000</UserId><Account>000000000000</Account>' +
    '</GetCallerIdentityResult><ResponseMetadata><RequestId>' +
    `${headers.get('x-amzn-requestid')}</RequestId></ResponseMetadata></GetCallerIdentityResponse>`
  );
}

async function expectSuccess(request: WireRequest): Promise<void> {
  const reply = await answer(request);
  expect([reply.status, reply.headers.get('content-type'), reply.body]).toEqual([
    200,
    'text/xml',
    successOf(reply),
  ]);
}

async function expectError(
  request: WireRequest,
  status: number,
  code: string,
  message: string,
): Promise<void> {
  const reply = await answer(request);
  expect([reply.status, reply.headers.get('content-type'), reply.body]).toEqual([
    status,
    'text/xml',
    '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>' +
      `<Code>${code}</Code><Message>${message}</Message></Error>` +
      `<RequestId>${reply.headers.get('x-amzn-requestid')}</RequestId></ErrorResponse>`,
  ]);
}

describe('GetCallerIdentity', () => {
  it('answers the SDK who signs', async () => {
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const sts = new STSClient({ endpoint: service.url, region: 'eu-west-2', credentials, maxAttempts: 1 });
    const { $metadata, ...reply } = await sts.send(new GetCallerIdentityCommand({}));
    expect(reply).toEqual({
      Arn: 'arn:aws:iam::000000000000:root',
      UserId: '000000000000',
      Account: '000000000000',
    });
    expect($metadata.httpStatusCode).toBe(200);
    sts.destroy();
  });

  it('names the error to the SDK as STS does', async () => {
    const credentials = { accessKeyId: 'unknown', secretAccessKey: 'test' };
    const sts = new STSClient({ endpoint: service.url, region: 'eu-west-2', credentials, maxAttempts: 1 });
    expect(await refusalOf(sts.send(new GetCallerIdentityCommand({})))).toEqual({
      name: 'InvalidClientTokenId',
      message: 'The security token included in the request is invalid.',
      status: 403,
    });
    sts.destroy();
  });

  it('is answered as a form with the signature in a header', async () => {
    await expectSuccess(await posted());
  });

  it('is answered as a form with the signature in the query', async () => {
    await expectSuccess(await presign(service.url, callerIdentity));
  });

  it('is answered as a presigned GET, as those hand out who prove with it who they are', async () => {
    await expectSuccess(await presign(service.url, byGet));
    const withCluster = { ...byGet, headers: { 'content-type': undefined, 'x-k8s-aws-id': 'cluster' } };
    const request = await presign(service.url, withCluster);
    await expectSuccess(request);
    const { status } = await answer(withHeader(request, 'x-k8s-aws-id', 'another'));
    expect(status).toBe(403);
  });

  it('is answered as a GET with the signature in a header', async () => {
    await expectSuccess(await sign(service.url, byGet));
  });

  it('takes parameters that it does not know, and any order', async () => {
    await expectSuccess(await posted({ body: 'Version=2011-06-15&Other=1&Action=GetCallerIdentity' }));
  });

  it('is recorded as an event of STS', async () => {
    const { headers } = await answer(await posted());
    expect(service.journal().at(-1)).toMatchObject({
      eventSource: 'sts.amazonaws.com',
      eventName: 'GetCallerIdentity',
      requestId: headers.get('x-amzn-requestid'),
    });
  });
});

describe('GetCallerIdentity refuses in XML, by the names of STS,', () => {
  const mismatch =
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';

  it('a request without signature', async () => {
    const request = withoutHeader(await posted(), 'authorization');
    await expectError(request, 403, 'MissingAuthenticationToken', 'Missing Authentication Token');
    const get = withoutHeader(await sign(service.url, byGet), 'authorization');
    await expectError(get, 403, 'MissingAuthenticationToken', 'Missing Authentication Token');
  });

  it('a wrong signature', async () => {
    await expectError(await posted({ secretAccessKey: 'wrong' }), 403, 'SignatureDoesNotMatch', mismatch);
    await expectError(
      await presign(service.url, { ...byGet, secretAccessKey: 'w' }),
      403,
      'SignatureDoesNotMatch',
      mismatch,
    );
  });

  it('an unknown access key', async () => {
    const text = 'The security token included in the request is invalid.';
    await expectError(await posted({ accessKeyId: 'AKIAUNKNOWN' }), 403, 'InvalidClientTokenId', text);
  });

  it('an incomplete signature', async () => {
    const reply = await answer(withHeader(await posted(), 'authorization', 'AWS4-HMAC-SHA256 Credential=a'));
    expect(reply.status).toBe(400);
    expect(reply.body).toContain('<Code>IncompleteSignature</Code>');
  });

  it('a signature for KMS', async () => {
    const text = "Credential should be scoped to correct service: 'sts'. ";
    await expectError(await posted({ service: 'kms' }), 403, 'SignatureDoesNotMatch', text);
  });

  it('a signature that is too old', async () => {
    const reply = await answer(await posted({ signedAt: new Date(Date.now() - 600_000) }));
    expect(reply.status).toBe(403);
    expect(reply.body).toMatch(/<Code>SignatureDoesNotMatch<\/Code><Message>Signature expired: /);
  });

  it.each([
    ['Action=Nonsense&Version=2011-06-15', 'Could not find operation Nonsense for version 2011-06-15'],
    [
      'Action=GetCallerIdentity&Version=2010-05-08',
      'Could not find operation GetCallerIdentity for version 2010-05-08',
    ],
    [
      'Action=GetCallerIdentity',
      'Could not find operation GetCallerIdentity for version NO_VERSION_SPECIFIED',
    ],
    ['Action=&Version=2011-06-15', 'Could not find operation  for version 2011-06-15'],
    ['Action=constructor&Version=2011-06-15', 'Could not find operation constructor for version 2011-06-15'],
    [
      'Action=%3Cscript%3E%26%22&Version=2011-06-15',
      'Could not find operation &lt;script&gt;&amp;&quot; for version 2011-06-15',
    ],
    [
      'Action=%00%EF%BF%BF%01&Version=2011-06-15',
      'Could not find operation \u{FFFD}\u{FFFD}\u{FFFD} for version 2011-06-15',
    ],
  ])('%s', async (body, text) => {
    await expectError(await posted({ body }), 400, 'InvalidAction', text);
  });

  it.each(['', 'Version=2011-06-15', 'action=GetCallerIdentity&Version=2011-06-15'])(
    '%j, which has no action',
    async (body) => {
      await expectError(await posted({ body }), 400, 'MissingAction', 'Missing Action');
    },
  );

  it.each([
    'Action=GetCallerIdentity&Action=GetCallerIdentity&Version=2011-06-15',
    'Action=GetCallerIdentity&Version=2011-06-15&Action=AssumeRole',
    'Action=GetCallerIdentity&Version=2011-06-15&Version=2010-05-08',
  ])('%s, which can be read as two requests', async (body) => {
    const text = 'Action and Version may be given once only.';
    await expectError(await posted({ body }), 400, 'InvalidParameterCombination', text);
  });

  it('an operation of KMS', async () => {
    const reply = await answer(await posted({ body: 'Action=CreateKey&Version=2014-11-01' }));
    expect(reply.body).toContain('<Code>InvalidAction</Code>');
  });
});
