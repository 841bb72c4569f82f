import { startTestService, type TestService } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RawReply, send } from './raw-http.ts';
import { sign, toBytesOf, type WireRequest, withHeader, withoutHeader } from './signed-request.ts';

let service: TestService;
let good: WireRequest;

beforeAll(async () => {
  service = await startTestService();
  good = await sign(service.url);
});

afterAll(() => service.close());

const answer = (request: WireRequest): Promise<RawReply> => send(service.url, toBytesOf(request));

async function expectReply(
  request: WireRequest,
  status: number,
  contentType: string,
  body: string,
): Promise<void> {
  const reply = await answer(request);
  expect({ status: reply.status, type: reply.headers.get('content-type'), body: reply.body }).toEqual({
    status,
    type: contentType,
    body,
  });
}

const json = 'application/x-amz-json-1.1';
const notPost =
  '<AccessDeniedException><Message>Unable to determine service/operation name to be authorized</Message></AccessDeniedException>';
const unknownOperation = '<UnknownOperationException/>';
const serialization = '{"__type":"SerializationException"}';
const noOperation = '{"__type":"UnknownOperationException"}';

/** Everything that can be wrong at once; each test mends one thing more. */
const allWrong: WireRequest = {
  method: 'GET',
  target: '/elsewhere',
  headers: [
    ['host', 'localhost'],
    ['content-type', 'text/plain'],
    ['x-amz-target', 'TrentService.Nonsense'],
  ],
  body: Buffer.alloc(0),
};

describe('before the operation is known, a request is refused for', () => {
  it.each(['GET', 'PUT', 'DELETE', 'PATCH', 'TRACE', 'OPTIONS', 'PROPFIND'])(
    'its method %s with 403, whatever else is wrong',
    async (method) => {
      await expectReply({ ...allWrong, method }, 403, 'text/xml', notPost);
      await expectReply({ ...good, method }, 403, 'text/xml', notPost);
    },
  );

  it.each(['/elsewhere', '//', '/.', '/%2F'])(
    'its path %j with 404, whatever else is wrong but the method',
    async (target) => {
      await expectReply({ ...allWrong, method: 'POST', target }, 404, 'text/xml', unknownOperation);
      await expectReply({ ...good, target }, 404, 'text/xml', unknownOperation);
    },
  );

  it.each(['text/plain', 'application/json', 'application/x-amz-json-1.0', 'multipart/form-data', ''])(
    'its content type %j with 404',
    async (type) => {
      const request = { ...allWrong, method: 'POST', target: '/' };
      await expectReply(withHeader(request, 'content-type', type), 404, 'text/xml', unknownOperation);
      await expectReply(withHeader(good, 'content-type', type), 404, 'text/xml', unknownOperation);
    },
  );

  it('a content type that is not there with 404', async () => {
    await expectReply(withoutHeader(good, 'content-type'), 404, 'text/xml', unknownOperation);
  });

  it('an empty body, before its target and its signature are looked at', async () => {
    const request = withHeader({ ...allWrong, method: 'POST', target: '/' }, 'content-type', json);
    await expectReply(request, 400, json, serialization);
    await expectReply({ ...good, body: Buffer.alloc(0) }, 400, json, serialization);
  });

  it.each([
    '{',
    '{}}',
    '[]',
    '""',
    '"{}"',
    '1',
    'null',
    'true',
    "{'a':1}",
    '{"a":1,}',
    'NaN',
    '{} {}',
    '\0{}',
    ' ',
  ])(
    'the body %j, which is no JSON object, before its target and its signature are looked at',
    async (text) => {
      const body = Buffer.from(text);
      const request = withHeader({ ...allWrong, method: 'POST', target: '/', body }, 'content-type', json);
      await expectReply(request, 400, json, serialization);
      await expectReply(await sign(service.url, { body }), 400, json, serialization);
    },
  );

  it.each([
    'TrentService.Nonsense',
    'TrentService.listKeys',
    'TrentService.',
    'TrentService',
    'trentservice.ListKeys',
    'ListKeys',
    'DynamoDB_20120810.ListTables',
    'TrentService.__proto__',
    'TrentService.constructor',
    'TrentService.GetCallerIdentity',
    'TrentService.ListKeys,TrentService.ListKeys',
    '',
  ])('its target %j, before its signature is looked at', async (target) => {
    const unsigned = withHeader(
      { ...allWrong, method: 'POST', target: '/', body: Buffer.from('{}') },
      'content-type',
      json,
    );
    await expectReply(withHeader(unsigned, 'x-amz-target', target), 400, json, noOperation);
    await expectReply(withHeader(good, 'x-amz-target', target), 400, json, noOperation);
  });

  it('a target that is not there', async () => {
    await expectReply(await sign(service.url, { operation: null }), 400, json, noOperation);
  });
});

describe('once the operation is known, a request is refused for', () => {
  const unsigned = (body: unknown) =>
    sign(service.url, { operation: 'Encrypt', body }).then((request) =>
      withoutHeader(request, 'authorization'),
    );

  it('its signature, before the types and the constraints of its members', async () => {
    const missing =
      '{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}';
    await expectReply(await unsigned({ KeyId: 5 }), 400, json, missing);
    await expectReply(await unsigned({}), 400, json, missing);
  });

  it('the type of a member, before any constraint', async () => {
    await expectReply(
      await sign(service.url, {
        operation: 'Encrypt',
        body: { KeyId: '', Plaintext: '', EncryptionContext: 'x' },
      }),
      400,
      json,
      '{"__type":"SerializationException","Message":"Expected map or null"}',
    );
  });

  it('its constraints, before the key is looked for', async () => {
    const { body } = await answer(
      await sign(service.url, { operation: 'Encrypt', body: { KeyId: 'alias/absent', Plaintext: '' } }),
    );
    expect(JSON.parse(body)).toEqual({
      __type: 'ValidationException',
      message:
        "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length greater than or equal to 1",
    });
  });

  it('nothing, when all is well', async () => {
    await expectReply(await sign(service.url), 200, json, '{"Keys":[],"Truncated":false}');
  });
});

describe('the content type may', () => {
  it.each([`${json}; charset=utf-8`, `${json};charset=UTF-8`, 'Application/X-Amz-Json-1.1'])(
    'be %j',
    async (type) => {
      const request = await sign(service.url, { headers: { 'content-type': type } });
      expect((await answer(request)).status).toBe(200);
    },
  );
});
