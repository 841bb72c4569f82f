import { startTestService, type TestService } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RawReply, send } from './raw-http.ts';
import {
  headerOf,
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
const signed = (options: RequestOptions = {}) => sign(service.url, options);

async function refusal(request: WireRequest): Promise<{ code: unknown; message: unknown; status: number }> {
  const { status, body } = await answer(request);
  const { __type: code, message } = JSON.parse(body) as Record<string, unknown>;
  return { status, code, message };
}

const mismatch = {
  status: 400,
  code: 'InvalidSignatureException',
  message:
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
};
const unknownToken = {
  status: 400,
  code: 'UnrecognizedClientException',
  message: 'The security token included in the request is invalid.',
};
const noToken = {
  status: 400,
  code: 'MissingAuthenticationTokenException',
  message: 'Missing Authentication Token',
};

const editAuthorization = (request: WireRequest, edit: (text: string) => string) =>
  withHeader(request, 'authorization', edit(headerOf(request, 'authorization')));
const minutesAhead = (minutes: number) => new Date(Date.now() + minutes * 60_000);

describe('a signature in the header is refused', () => {
  it('when it is not there, or of another scheme', async () => {
    const request = await signed();
    expect(await refusal(withoutHeader(request, 'authorization'))).toEqual(noToken);
    expect(await refusal(withHeader(request, 'authorization', 'Basic dGVzdDp0ZXN0'))).toEqual(noToken);
    expect(await refusal(withHeader(request, 'authorization', ''))).toEqual(noToken);
  });

  it('when it is made with another secret', async () => {
    expect(await refusal(await signed({ secretAccessKey: 'Test' }))).toEqual(mismatch);
  });

  it('when the access key is unknown', async () => {
    expect(await refusal(await signed({ accessKeyId: 'AKIAIOSFODNN7EXAMPLE' }))).toEqual(unknownToken);
  });

  it('when a session token comes with a long-term access key', async () => {
    expect(await refusal(await signed({ sessionToken: 'token' }))).toEqual(unknownToken);
  });

  it('when the body, the target or a signed header was changed', async () => {
    const request = await signed({ headers: { 'x-signed': 'a' } });
    expect(await refusal({ ...request, body: Buffer.from('{ }') })).toEqual(mismatch);
    expect(await refusal(withHeader(request, 'x-amz-target', 'TrentService.CreateKey'))).toEqual(mismatch);
    expect(await refusal(withHeader(request, 'x-signed', 'b'))).toEqual(mismatch);
    expect(await refusal(withHeader(request, 'x-amz-date', '20200101T000000Z'))).not.toMatchObject({
      status: 200,
    });
  });

  it('when the query was changed or added', async () => {
    const request = await signed();
    expect(await refusal({ ...request, target: '/?a=b' })).toEqual(mismatch);
    expect(await refusal({ ...request, target: '/?X-Amz-Target=TrentService.CreateKey' })).toEqual(mismatch);
  });

  it('when an x-amz header is added unsigned', async () => {
    const { code, message } = await refusal(withHeader(await signed(), 'x-amz-extra', '1'));
    expect([code, message]).toEqual([
      'InvalidSignatureException',
      "'x-amz-extra' must be a 'SignedHeader' in the AWS Authorization.",
    ]);
  });

  it.each([
    ['Credential', "Authorization header requires 'Credential' parameter. "],
    ['SignedHeaders', "Authorization header requires 'SignedHeaders' parameter. "],
    ['Signature', "Authorization header requires 'Signature' parameter. "],
  ])('when its %s is missing', async (parameter, text) => {
    const request = editAuthorization(await signed(), (header) =>
      header.replace(new RegExp(`${parameter}=[^,]*,? ?`), ''),
    );
    const { status, code, message } = await refusal(request);
    expect([status, code]).toEqual([400, 'IncompleteSignatureException']);
    expect(message).toMatch(
      new RegExp(
        `^${text}\\(Hashed with SHA-256 and encoded with Base64\\) Authorization=[A-Za-z0-9+/]{43}=$`,
      ),
    );
  });

  it('when there is no date', async () => {
    const { code, message } = await refusal(withoutHeader(await signed(), 'x-amz-date'));
    expect(code).toBe('IncompleteSignatureException');
    expect(message).toMatch(
      /^Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header\. /,
    );
  });

  it('when it is older than five minutes', async () => {
    const { code, message } = await refusal(await signed({ signedAt: minutesAhead(-10) }));
    expect(code).toBe('InvalidSignatureException');
    expect(message).toMatch(
      /^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 5 min\.\)$/,
    );
  });

  it('when it is more than five minutes ahead', async () => {
    const { code, message } = await refusal(await signed({ signedAt: minutesAhead(10) }));
    expect(code).toBe('InvalidSignatureException');
    expect(message).toMatch(
      /^Signature not yet current: \d{8}T\d{6}Z is still later than \d{8}T\d{6}Z \(\d{8}T\d{6}Z \+ 5 min\.\)$/,
    );
  });

  it('when its scope names another service, a Region that is none, or another end', async () => {
    expect((await refusal(await signed({ service: 'sts' }))).message).toBe(
      "Credential should be scoped to correct service: 'kms'. ",
    );
    expect((await refusal(await signed({ region: 'nowhere' }))).message).toBe(
      'Credential should be scoped to a valid region. ',
    );
    const otherEnd = editAuthorization(await signed(), (header) =>
      header.replace('aws4_request', 'aws5_request'),
    );
    expect((await refusal(otherEnd)).message).toBe(
      "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'. ",
    );
  });

  it('when it lacks the host among its headers', async () => {
    const request = editAuthorization(await signed(), (header) => header.replace(';host', ''));
    expect((await refusal(request)).message).toBe(
      "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    );
  });

  it('when it is replayed on another operation or to another Region', async () => {
    const request = await signed();
    const elsewhere = editAuthorization(request, (header) => header.replace('/eu-west-2/', '/us-east-1/'));
    expect(await refusal(elsewhere)).toEqual(mismatch);
  });
});

describe('header lines', () => {
  it('may have any case in their names and any spacing around their values', async () => {
    const request = await signed({ headers: { 'x-spaced': 'a b' } });
    const headers = request.headers.map(([name, value]) => [name.toUpperCase(), `  ${value}\t `] as const);
    expect((await answer({ ...request, headers })).status).toBe(200);
  });

  it('may have runs of spaces in their values, which are signed as one', async () => {
    const request = await signed({ headers: { 'x-spaced': 'a b' } });
    expect((await answer(withHeader(request, 'x-spaced', 'a     b'))).status).toBe(200);
    expect((await answer(withHeader(request, 'x-spaced', 'ab'))).status).toBe(400);
  });

  it('may come twice, signed as a list in their order', async () => {
    const request = await signed({ headers: { 'x-list': 'a,b' } });
    const others = withoutHeader(request, 'x-list');
    const twice = (first: string, second: string): WireRequest => ({
      ...others,
      headers: [...others.headers, ['x-list', first], ['X-List', second]],
    });
    expect((await answer(twice('a', 'b'))).status).toBe(200);
    expect(await refusal(twice('b', 'a'))).toEqual(mismatch);
  });

  it.each(['host', 'x-amz-date', 'x-amz-target', 'authorization', 'x-amz-content-sha256'])(
    'that have one meaning only may not come twice: %s',
    async (name) => {
      const request = await signed({
        headers: {
          'x-amz-content-sha256': '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
        },
      });
      const repeated: WireRequest = {
        ...request,
        headers: [...request.headers, [name, headerOf(request, name)]],
      };
      expect((await answer(request)).status).toBe(200);
      expect(await refusal(repeated)).toEqual(mismatch);
    },
  );

  it('may hold bytes beyond ASCII, which count', async () => {
    // The signer takes the header for text and signs its UTF-8; the socket carries the same bytes as Latin-1.
    const request = await signed({ headers: { 'x-name': 'Zoë' } });
    const bytes = Buffer.from('Zoë').toString('latin1');
    expect((await answer(withHeader(request, 'x-name', bytes))).status).toBe(200);
    expect(await refusal(withHeader(request, 'x-name', 'Zoë'))).toEqual(mismatch);
  });

  it('of the SDKs are taken, signed or not', async () => {
    const sdk = {
      'amz-sdk-invocation-id': '5f1a8c1e-0000-4000-8000-000000000000',
      'amz-sdk-request': 'attempt=1; max=3',
      'x-amz-user-agent': 'aws-sdk-js/3',
      'x-amzn-query-mode': 'true',
      'user-agent': 'aws-sdk-js/3',
    };
    expect((await answer(await signed({ headers: sdk }))).status).toBe(200);
  });
});

describe('a presigned request', () => {
  const presigned = (options: Parameters<typeof presign>[1] = {}) => presign(service.url, options);
  const editTarget = (request: WireRequest, edit: (text: string) => string): WireRequest => ({
    ...request,
    target: edit(request.target),
  });

  it('is answered, its target in the query as signers put it there', async () => {
    const request = await presigned();
    expect(request.target).toContain('x-amz-target=TrentService.ListKeys');
    expect(headerOf(request, 'x-amz-target')).toBe('');
    expect(await answer(request)).toMatchObject({ status: 200, body: '{"Keys":[],"Truncated":false}' });
  });

  it('is refused once its target, its body or anything else of the query is changed', async () => {
    const request = await presigned();
    expect(await refusal(editTarget(request, (text) => text.replace('ListKeys', 'ListAliases')))).toEqual(
      mismatch,
    );
    expect(await refusal({ ...request, body: Buffer.from('{"Limit":1}') })).toEqual(mismatch);
    expect(await refusal(editTarget(request, (text) => `${text}&a=b`))).toEqual(mismatch);
    expect(await refusal(editTarget(request, (text) => text.replace('Expires=60', 'Expires=61')))).toEqual(
      mismatch,
    );
  });

  it('names no operation when it names its target twice', async () => {
    const request = editTarget(await presigned(), (text) => `${text}&X-Amz-Target=TrentService.ListKeys`);
    expect(await refusal(request)).toMatchObject({ code: 'UnknownOperationException' });
  });

  it('cannot be given another target by a header that is not signed', async () => {
    const request = withHeader(await presigned(), 'x-amz-target', 'TrentService.CreateKey');
    expect(await refusal(request)).toMatchObject({ code: 'InvalidSignatureException' });
  });

  it('is refused after its time', async () => {
    const { code, message } = await refusal(await presigned({ signedAt: minutesAhead(-2), expiresIn: 60 }));
    expect(code).toBe('InvalidSignatureException');
    expect(message).toMatch(/^Signature expired: /);
    expect((await answer(await presigned({ signedAt: minutesAhead(-30), expiresIn: 3600 }))).status).toBe(
      200,
    );
  });

  it('is refused beside an Authorization header', async () => {
    const header = headerOf(await signed(), 'authorization');
    expect((await refusal(withHeader(await presigned(), 'authorization', header))).message).toBe(
      "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
    );
  });

  it.each(['X-Amz-Credential', 'X-Amz-Signature', 'X-Amz-SignedHeaders', 'X-Amz-Date'])(
    'is refused without %s',
    async (name) => {
      const request = editTarget(await presigned(), (text) =>
        text.replace(new RegExp(`${name}=[^&]*&?`), ''),
      );
      expect(await refusal(request)).toEqual({
        status: 400,
        code: 'IncompleteSignatureException',
        message: `AWS query-string parameters must include '${name}'. Re-examine the query-string parameters.`,
      });
    },
  );

  it('is refused with a parameter of the signature given twice', async () => {
    const request = await presigned();
    const date = /X-Amz-Date=[^&]*/.exec(request.target)?.[0] ?? '';
    expect(await refusal(editTarget(request, (text) => `${text}&${date}`))).toEqual(mismatch);
  });
});
