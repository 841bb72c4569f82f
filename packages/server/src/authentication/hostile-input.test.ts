import { AwsError } from '@keyhaven/api-model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WireRequest } from '../protocol/wire-request.ts';
import {
  accessKeyId,
  authenticatorFor,
  authorizationOf,
  kms,
  presign,
  sign,
  withHeader,
} from './signing-client.test-support.ts';

const authenticate = authenticatorFor();
const latin1 = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((c) => String.fromCharCode(c)) });
const anything = fc.oneof(latin1, fc.string({ unit: 'binary' }));
const headerName = fc.oneof(
  fc.constantFrom('Host', 'Authorization', 'X-Amz-Date', 'Date', 'X-Amz-Target', 'X-Amz-Content-Sha256'),
  fc.constantFrom('x-amz-security-token', 'x-amz-a', '__proto__', 'constructor', ''),
  anything,
);
const fragment = fc.constantFrom(
  ...['AWS4-HMAC-SHA256', ' ', ',', '=', ';', '/', '&', '%', '%2', '%2F', '+', 'Credential=', 'Signature='],
  ...['SignedHeaders=', 'host', 'x-amz-date', `${accessKeyId}/20260314/eu-central-1/kms/aws4_request`],
  ...[
    'X-Amz-Algorithm=',
    'X-Amz-Credential=',
    'X-Amz-Date=',
    '20260314T092653Z',
    'X-Amz-Expires=',
    '0'.repeat(64),
  ],
  ...['X-Amz-SignedHeaders=', 'X-Amz-Signature=', 'X-Amz-Security-Token=', '\u0130', '\ud800'],
);
const nearMiss = fc.array(fc.oneof(fragment, anything), { maxLength: 16 }).map((parts) => parts.join(''));
const request = fc.record({
  method: anything,
  path: fc.oneof(fc.constant('/'), anything),
  query: fc.oneof(fc.constant(''), nearMiss),
  rawHeaders: fc
    .array(fc.tuple(headerName, fc.oneof(nearMiss, fc.constant('20260314T092653Z'))))
    .map((h) => h.flat()),
  body: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  sourceIp: fc.constant('192.0.2.1'),
  isSecure: fc.constant(false),
});

/** Refused with AwsError; anything else that is thrown fails the test. */
function isRefused(wire: WireRequest): boolean {
  try {
    void authenticate(wire, kms);
    return false;
  } catch (error) {
    if (error instanceof AwsError) return true;
    throw error;
  }
}

describe('hostile input', () => {
  it('ends in AwsError whatever the request is', () => {
    fc.assert(fc.property(request, isRefused), { numRuns: 3000 });
  });

  it('ends in AwsError for an odd number of raw headers', () => {
    fc.assert(
      fc.property(request, headerName, (wire, last) =>
        isRefused({ ...wire, rawHeaders: [...wire.rawHeaders, last] }),
      ),
    );
  });

  it('ends in AwsError whatever stands in the Authorization header', async () => {
    const signed = await sign();
    fc.assert(
      fc.property(nearMiss, fc.nat(), fc.nat(), (text, from, length) => {
        const before = authorizationOf(signed);
        const at = from % before.length;
        const after = before.slice(0, at) + text + before.slice(at + (length % 20));
        // Commas, spaces and unknown parameters do not change the meaning; only the same three parameters pass.
        const same = (value: string) =>
          ['Credential', 'SignedHeaders', 'Signature'].map(
            (n) => new RegExp(`[ ,]${n}=([^ ,]*)`).exec(value)?.[1],
          );
        fc.pre(JSON.stringify(same(after)) !== JSON.stringify(same(before)));
        return isRefused(withHeader(signed, 'authorization', after));
      }),
      { numRuns: 3000 },
    );
  });

  it('ends in AwsError whatever is added to a presigned query', async () => {
    const presigned = await presign();
    fc.assert(
      fc.property(nearMiss, fc.nat(), (text, from) => {
        const at = from % (presigned.query.length + 1);
        const query = presigned.query.slice(0, at) + text + presigned.query.slice(at);
        fc.pre(text.replaceAll('&', '') !== '');
        return isRefused({ ...presigned, query });
      }),
      { numRuns: 3000 },
    );
  });

  it('refuses any single changed byte of a signed body', async () => {
    const signed = await sign();
    fc.assert(
      fc.property(fc.nat(signed.body.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const body = Buffer.from(signed.body);
        body[at] = (body[at] ?? 0) ^ flip;
        return isRefused({ ...signed, body });
      }),
    );
  });

  it('refuses thousands of headers, signed names and parameters', () => {
    const names = Array.from({ length: 4000 }, (_, i) => `a${String(i).padStart(4, '0')}`);
    const credential = `${accessKeyId}/20260314/eu-central-1/kms/aws4_request`;
    const authorization = `AWS4-HMAC-SHA256 Credential=${credential},SignedHeaders=${names.join(';')},Signature=0${' '.repeat(50_000)}`;
    const wire: WireRequest = {
      method: 'POST',
      path: '/',
      query: names.join('&'),
      rawHeaders: [
        ...names.flatMap((name) => [name, '']),
        'X-Amz-Date',
        '20260314T092653Z',
        'Authorization',
        authorization,
      ],
      body: Buffer.alloc(0),
      sourceIp: '192.0.2.1',
      isSecure: false,
    };
    expect(isRefused(wire)).toBe(true);
  });
});
