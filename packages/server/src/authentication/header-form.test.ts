import { sha256 } from '@keyhaven/crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { WireRequest } from '../protocol/wire-request.ts';
import {
  accessKeyId,
  authenticatorFor,
  authorizationOf,
  editAuthorization,
  host,
  kms,
  mismatch,
  now,
  presign,
  refusalOf,
  sign,
  signByHand,
  withHeader,
  withMoreHeaders,
  withoutHeader,
} from './signing-client.test-support.ts';

const authenticate = authenticatorFor();
const scope = '20260314/eu-central-1/kms/aws4_request';
let signed: WireRequest;

beforeAll(async () => {
  signed = await sign({ headers: { 'x-note': 'a note', 'x-amz-user-agent': 'aws-sdk-js/3' } });
});

function refusal(wire: WireRequest) {
  return refusalOf(() => authenticate(wire, kms));
}

/** A request signed over the canonical header lines that the test spells out. */
function signedByHand(rawHeaders: string[], canonicalLines: string, signedHeaders: string): WireRequest {
  const signature = signByHand(
    `POST\n/\n\n${canonicalLines}\n${signedHeaders}`,
    '{}',
    scope,
    '20260314T092653Z',
  );
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
  return {
    method: 'POST',
    path: '/',
    query: '',
    rawHeaders: [...rawHeaders, 'Authorization', authorization],
    body: Buffer.from('{}'),
    sourceIp: '192.0.2.1',
    isSecure: false,
  };
}

const required = ['Host', 'h', 'X-Amz-Date', '20260314T092653Z'];

describe('what the Authorization header may look like', () => {
  it.each([
    ['commas without spaces', (text: string) => text.replaceAll(', ', ',')],
    ['spaces without commas', (text: string) => text.replaceAll(', ', ' ')],
    ['spaces around commas', (text: string) => text.replaceAll(', ', ' ,   ')],
    ['a comma at the end', (text: string) => `${text},`],
    ['several spaces after the algorithm', (text: string) => text.replace(' ', '   ')],
    ['an unknown parameter', (text: string) => `${text}, Note=1`],
    [
      'its parameters in another order',
      (text: string) =>
        text.replace(/ (Credential=\S+), (SignedHeaders=\S+), (Signature=\S+)/, ' $3, $1, $2'),
    ],
  ])('accepts %s', (_, edit) => {
    expect(authenticate(editAuthorization(signed, edit), kms)).toMatchObject({ accessKeyId });
  });

  it.each(['Basic dXNlcjpwYXNz', 'Bearer abc', '', 'aws4-hmac-sha256 Credential=a'])(
    'answers "%s" with MissingAuthenticationTokenException',
    (authorization) => {
      const text = 'Missing Authentication Token';
      const refused = refusal(withHeader(signed, 'authorization', authorization));
      expect(refused).toEqual({ code: 'MissingAuthenticationTokenException', text, status: 400 });
    },
  );

  it('refuses a request without signature with MissingAuthenticationTokenException', () => {
    const refused = refusal(withoutHeader(signed, 'authorization'));
    expect(refused.code).toBe('MissingAuthenticationTokenException');
  });

  it('lists every missing parameter with IncompleteSignatureException and hashes the header', () => {
    const bare = withHeader(withoutHeader(signed, 'x-amz-date'), 'authorization', 'AWS4-HMAC-SHA256');
    const hash = sha256('AWS4-HMAC-SHA256').toString('base64');
    expect(refusal(bare)).toEqual({
      code: 'IncompleteSignatureException',
      text:
        "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. " +
        "Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either " +
        `a 'X-Amz-Date' or a 'Date' header. (Hashed with SHA-256 and encoded with Base64) Authorization=${hash}`,
      status: 400,
    });
  });

  it.each(['Credential', 'SignedHeaders', 'Signature'])('refuses a header without %s', (name) => {
    const wire = editAuthorization(signed, (text) => text.replace(`${name}=`, `X${name}=`));
    const refused = refusal(wire);
    expect(refused.code).toBe('IncompleteSignatureException');
    expect(refused.text?.startsWith(`Authorization header requires '${name}' parameter. (Hashed`)).toBe(true);
  });

  it('refuses a parameter without equal-sign and hashes the header', () => {
    const wire = editAuthorization(signed, (text) => text.replace('Signature=', 'Signature'));
    const hash = sha256(authorizationOf(wire)).toString('base64');
    expect(refusal(wire).text).toBe(
      `Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '${hash}'.`,
    );
  });

  it.each(['Credential', 'SignedHeaders', 'Signature'])('refuses a second %s, even the same', (name) => {
    const wire = editAuthorization(signed, (text) => {
      const parameter = new RegExp(`${name}=[^, ]+`).exec(text)?.[0] ?? '';
      return `${text}, ${parameter}`;
    });
    expect(refusal(wire)).toEqual(mismatch);
  });

  it('refuses another algorithm with IncompleteSignatureException', () => {
    const refused = refusal(editAuthorization(signed, (text) => text.replace('SHA256', 'SHA512')));
    expect(refused.code).toBe('IncompleteSignatureException');
    expect(refused.text).toContain("Unsupported AWS 'algorithm'");
  });

  it('never shows the Authorization header in a refusal', () => {
    const parts = [
      'AWS4-HMAC-SHA256',
      'wJalrXUtnFEMI/K7MDENG',
      'Credential=wJalrXUtnFEMI',
      'Signature=bPxRfiCY',
    ];
    for (const kept of [1, 2, 3, 4]) {
      const wire = withHeader(signed, 'authorization', parts.slice(0, kept).join(' '));
      expect(refusal(wire).text).not.toMatch(/wJalr|bPxRf/);
    }
  });

  it('refuses both forms at once', async () => {
    const presigned = await presign();
    expect(refusal({ ...signed, query: presigned.query })).toEqual({
      code: 'InvalidSignatureException',
      text: "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
      status: 400,
    });
  });
});

describe('what the signature must look like', () => {
  it.each([
    ['in upper case', (text: string) => text.replace(/[0-9a-f]{64}$/, (hex) => hex.toUpperCase())],
    ['cut by one character', (text: string) => text.slice(0, -1)],
    ['cut to 32 characters', (text: string) => text.slice(0, -32)],
    ['with a character more', (text: string) => `${text}0`],
    ['with its last character changed', (text: string) => text.replace(/.$/, (c) => (c === '0' ? '1' : '0'))],
    ['of 64 zeros', (text: string) => text.replace(/[0-9a-f]{64}$/, '0'.repeat(64))],
    ['of 64 other letters', (text: string) => text.replace(/[0-9a-f]{64}$/, 'z'.repeat(64))],
  ])('refuses a signature %s', (_, edit) => {
    expect(refusal(editAuthorization(signed, edit))).toEqual(mismatch);
  });
});

describe('what the signature covers', () => {
  it.each([
    ['host', 'kms.us-east-1.amazonaws.com'],
    ['content-type', 'application/json'],
    ['x-amz-target', 'TrentService.Decrypt'],
    ['x-note', 'another note'],
    ['x-note', ''],
    ['x-amz-date', '20260314T092654Z'],
  ])('refuses a changed %s: %s', (name, value) => {
    expect(refusal(withHeader(signed, name, value))).toEqual(mismatch);
  });

  it('refuses a changed body, method, path or query', () => {
    expect(refusal({ ...signed, body: Buffer.from('{"KeyId":"alias/other"}') })).toEqual(mismatch);
    expect(refusal({ ...signed, body: Buffer.alloc(0) })).toEqual(mismatch);
    expect(refusal({ ...signed, method: 'GET' })).toEqual(mismatch);
    expect(refusal({ ...signed, path: '/other' })).toEqual(mismatch);
    expect(refusal({ ...signed, path: '//' })).toEqual(mismatch);
    expect(refusal({ ...signed, query: 'Action=DescribeKey' })).toEqual(mismatch);
  });

  it('accepts a changed header that is neither signed nor x-amz-*', () => {
    expect(authenticate(withHeader(signed, 'user-agent', 'proxy'), kms)).toMatchObject({ accessKeyId });
    const traced = withMoreHeaders(signed, 'X-Amzn-Trace-Id', 'Root=1-2-3', 'X-Forwarded-For', '192.0.2.7');
    expect(authenticate(traced, kms)).toMatchObject({ accessKeyId });
  });

  it('refuses a signed header that is absent', () => {
    expect(refusal(withoutHeader(signed, 'x-note'))).toEqual(mismatch);
    expect(refusal(withoutHeader(signed, 'host'))).toEqual(mismatch);
  });

  it('refuses a repeated signed header', () => {
    expect(refusal(withMoreHeaders(signed, 'X-Note', 'more'))).toEqual(mismatch);
  });

  it.each(['host', 'x-amz-date', 'x-amz-target', 'authorization'])(
    'refuses a second %s, even the same',
    (name) => {
      const value = signed.rawHeaders[signed.rawHeaders.indexOf(name) + 1] ?? '';
      expect(refusal(withMoreHeaders(signed, name.toUpperCase(), value))).toEqual(mismatch);
    },
  );

  it('refuses a host that comes twice although both are signed', () => {
    const lines = 'host:h,h\nx-amz-date:20260314T092653Z\n';
    const wire = signedByHand([...required, 'Host', 'h'], lines, 'host;x-amz-date');
    expect(refusal(wire)).toEqual(mismatch);
  });

  it.each(['x-amz-target', 'x-amz-date', 'x-amz-user-agent'])(
    'refuses a present %s that is not signed',
    (name) => {
      const wire = editAuthorization(signed, (text) => text.replace(`;${name}`, ''));
      expect(refusal(wire)).toEqual({
        code: 'InvalidSignatureException',
        text: `'${name}' must be a 'SignedHeader' in the AWS Authorization.`,
        status: 400,
      });
    },
  );

  it('refuses an x-amz-* header added on the way', () => {
    const wire = withMoreHeaders(signed, 'X-Amz-Added', '1');
    expect(refusal(wire).text).toBe("'x-amz-added' must be a 'SignedHeader' in the AWS Authorization.");
  });

  it('refuses a host that is not signed', () => {
    const wire = editAuthorization(signed, (text) => text.replace(';host;', ';'));
    expect(refusal(wire)).toEqual({
      code: 'InvalidSignatureException',
      text: "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
      status: 400,
    });
  });

  it('refuses :authority in place of host', () => {
    const wire = editAuthorization(signed, (text) => text.replace(';host;', ';:authority;'));
    expect(refusal(wire).text).toMatch(/^'Host' or ':authority' must be/);
  });
});

describe('SignedHeaders', () => {
  const lines = (...names: string[]) => `${names.join('\n')}\n`;
  const hostLine = 'host:h';
  const dateLine = 'x-amz-date:20260314T092653Z';

  it('accepts names that are sorted, lower-case and different', () => {
    const wire = signedByHand(required, lines(hostLine, dateLine), 'host;x-amz-date');
    expect(authenticate(wire, kms)).toMatchObject({ accessKeyId });
  });

  it('refuses names that are not sorted although the signature is over them', () => {
    const wire = signedByHand(required, lines(dateLine, hostLine), 'x-amz-date;host');
    expect(refusal(wire)).toEqual(mismatch);
  });

  it('refuses a repeated name although the signature is over it', () => {
    const wire = signedByHand(required, lines(hostLine, hostLine, dateLine), 'host;host;x-amz-date');
    expect(refusal(wire)).toEqual(mismatch);
  });

  it('refuses an upper-case name although the signature is over it', () => {
    const wire = signedByHand(
      [...required, 'A-Note', '1'],
      lines('A-Note:1', hostLine, dateLine),
      'A-Note;host;x-amz-date',
    );
    expect(refusal(wire)).toEqual(mismatch);
  });

  it('refuses an empty name although the signature is over it', () => {
    const wire = signedByHand([...required, '', ''], lines(':', hostLine, dateLine), ';host;x-amz-date');
    expect(refusal(wire)).toEqual(mismatch);
  });

  it.each([
    [128, true],
    [129, false],
  ])('with %i names is accepted: %s', (count, isAccepted) => {
    const names = Array.from({ length: count - 2 }, (_, i) => `a${String(i).padStart(3, '0')}`);
    const wire = signedByHand(
      [...required, ...names.flatMap((name) => [name, '1'])],
      lines(...names.map((name) => `${name}:1`), hostLine, dateLine),
      [...names, 'host', 'x-amz-date'].join(';'),
    );
    if (isAccepted) expect(authenticate(wire, kms)).toMatchObject({ accessKeyId });
    else expect(refusal(wire)).toEqual(mismatch);
  });
});

describe('header values', () => {
  const date = 'x-amz-date:20260314T092653Z';
  const names = 'host;x-amz-date;x-note';

  it.each([
    ['trimmed of spaces and tabs', ['X-Note', ' \t a b \t'], 'a b'],
    ['with runs of spaces as one', ['X-Note', 'a   b  "c    d"'], 'a b "c d"'],
    ['with an inner tab as it is', ['X-Note', 'a\tb'], 'a\tb'],
    ['empty', ['X-Note', '   '], ''],
    ['joined by commas in the order received', ['X-Note', ' b ', 'x-note', 'a', 'X-NOTE', ''], 'b,a,'],
    ['as Latin-1 bytes', ['X-Note', 'caf\u00e9 \u00ff\u0080'], 'caf\u00e9 \u00ff\u0080'],
    ['longer than the memory kept for them', ['X-Note', 'a'.repeat(20_000)], 'a'.repeat(20_000)],
  ])('are signed %s', (_, headers, canonical) => {
    const wire = signedByHand([...required, ...headers], `host:h\n${date}\nx-note:${canonical}\n`, names);
    expect(authenticate(wire, kms)).toMatchObject({ accessKeyId });
  });

  it.each([
    ['two spaces where one was signed, the second a no-break space', ['X-Note', 'a \u00a0b'], 'a b'],
    ['values in another order', ['X-Note', 'b', 'X-Note', 'a'], 'a,b'],
    ['another Latin-1 byte', ['X-Note', 'caf\u00e8'], 'caf\u00e9'],
    ['the UTF-8 bytes of what was signed as Latin-1', ['X-Note', 'caf\u00c3\u00a9'], 'caf\u00e9'],
  ])('refuses %s', (_, headers, canonical) => {
    const wire = signedByHand([...required, ...headers], `host:h\n${date}\nx-note:${canonical}\n`, names);
    expect(refusal(wire)).toEqual(mismatch);
  });
});

describe('x-amz-content-sha256', () => {
  it('is accepted when it is the hash of the body', async () => {
    const hash = sha256('{}').toString('hex');
    const wire = await sign({ body: '{}', headers: { 'x-amz-content-sha256': hash } });
    expect(authenticate(wire, kms)).toMatchObject({ accessKeyId });
  });

  it.each([
    'UNSIGNED-PAYLOAD',
    'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    sha256('[]').toString('hex'),
    sha256('{}').toString('hex').toUpperCase(),
    '',
  ])('refuses "%s" for another body although it is signed', async (value) => {
    const wire = await sign({ body: '{}', headers: { 'x-amz-content-sha256': value } });
    expect(refusal(wire)).toEqual(mismatch);
  });

  it('refuses a stated hash that differs although the signature is over the real one', () => {
    const stated = 'x-amz-content-sha256:UNSIGNED-PAYLOAD';
    const wire = signedByHand(
      [...required, 'X-Amz-Content-Sha256', 'UNSIGNED-PAYLOAD'],
      `host:h\n${stated}\nx-amz-date:20260314T092653Z\n`,
      'host;x-amz-content-sha256;x-amz-date',
    );
    expect(refusal(wire)).toEqual(mismatch);
  });
});

describe('the Date header', () => {
  const lines = (date: string) => `date:${date}\nhost:h\n`;

  it.each(['Sat, 14 Mar 2026 09:26:53 GMT', '20260314T092653Z'])(
    'is accepted without x-amz-date: %s',
    (date) => {
      const wire = signedByHand(['Host', 'h', 'Date', date], lines(date), 'date;host');
      expect(authenticate(wire, kms)).toMatchObject({ signedAt: now });
    },
  );

  it('is ignored beside x-amz-date', async () => {
    const wire = withMoreHeaders(await sign(), 'Date', 'Thu, 01 Jan 1970 00:00:00 GMT');
    expect(authenticate(wire, kms)).toMatchObject({ signedAt: now });
  });

  it('refuses an unsigned Date header when the signature takes its date from it', () => {
    const wire = signedByHand(['Host', 'h', 'Date', '20260314T092653Z'], `host:h\n`, 'host');
    expect(refusal(wire).text).toBe("'date' must be a 'SignedHeader' in the AWS Authorization.");
  });

  it('does not stand in for an x-amz-date that is unreadable', async () => {
    const wire = withHeader(withMoreHeaders(await sign(), 'Date', '20260314T092653Z'), 'x-amz-date', 'now');
    expect(refusal(wire).code).toBe('IncompleteSignatureException');
  });
});

it('the host of these tests is the one that is signed', () => {
  expect(signed.rawHeaders).toContain(host);
});
