import { beforeAll, describe, expect, it } from 'vitest';
import type { WireRequest } from '../protocol/wire-request.ts';
import {
  accessKeyId,
  authenticatorFor,
  createCredential,
  editQuery,
  host,
  kms,
  mismatch,
  now,
  presign,
  refusalOf,
  signByHand,
  withHeader,
  withMoreHeaders,
} from './signing-client.test-support.ts';

const authenticate = authenticatorFor();
let presigned: WireRequest;

beforeAll(async () => {
  presigned = await presign({ expiresIn: 3600, query: { Note: 'a b', 'Note-2': ['y', 'x'] } });
});

function refusal(wire: WireRequest, wallClockMs = now) {
  return refusalOf(() => authenticatorFor(createCredential(), wallClockMs)(wire, kms));
}

/** A GET presigned over the canonical query that the test spells out, sent with `query`. */
function presignedByHand(query: string, canonicalQuery = query): WireRequest {
  const head = `GET\n/\n${canonicalQuery}\nhost:h\n\nhost`;
  const signature = signByHand(head, '', '20260314/eu-central-1/kms/aws4_request', '20260314T092653Z');
  return {
    method: 'GET',
    path: '/',
    query: `${query}&X-Amz-Signature=${signature}`,
    rawHeaders: ['Host', 'h'],
    body: Buffer.alloc(0),
    sourceIp: '192.0.2.1',
    isSecure: false,
  };
}

const credential = `${accessKeyId}%2F20260314%2Feu-central-1%2Fkms%2Faws4_request`;
const base = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${credential}&X-Amz-Date=20260314T092653Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host`;

describe('a presigned request', () => {
  it('is accepted', () => {
    expect(authenticate(presigned, kms)).toMatchObject({ accessKeyId, signedAt: now });
  });

  it('is accepted with its parameters in any order', () => {
    const query = presigned.query.split('&').reverse().join('&');
    expect(authenticate({ ...presigned, query }, kms)).toMatchObject({ accessKeyId });
  });

  it.each(['Algorithm', 'Credential', 'Signature', 'SignedHeaders', 'Date'])(
    'refuses one without X-Amz-%s',
    (name) => {
      const query = presigned.query
        .split('&')
        .filter((part) => !part.startsWith(`X-Amz-${name}=`))
        .join('&');
      const refused = refusal({ ...presigned, query });
      if (name === 'Algorithm') {
        expect(refused.code).toBe('MissingAuthenticationTokenException');
      } else {
        expect(refused).toEqual({
          code: 'IncompleteSignatureException',
          text: `AWS query-string parameters must include 'X-Amz-${name}'. Re-examine the query-string parameters.`,
          status: 400,
        });
      }
    },
  );

  it('lists every missing parameter', () => {
    expect(refusal({ ...presigned, query: 'X-Amz-Algorithm' }).text).toBe(
      "AWS query-string parameters must include 'X-Amz-Algorithm'. AWS query-string parameters must include " +
        "'X-Amz-Credential'. AWS query-string parameters must include 'X-Amz-Signature'. AWS query-string parameters " +
        "must include 'X-Amz-SignedHeaders'. AWS query-string parameters must include 'X-Amz-Date'. Re-examine the " +
        'query-string parameters.',
    );
  });

  it.each(['Algorithm', 'Credential', 'Signature', 'SignedHeaders', 'Date', 'Expires'])(
    'refuses a second X-Amz-%s, even the same and percent-encoded',
    (name) => {
      const part = presigned.query.split('&').find((one) => one.startsWith(`X-Amz-${name}=`)) ?? '';
      expect(refusal({ ...presigned, query: `${presigned.query}&${part.replace('-', '%2D')}` })).toEqual(
        mismatch,
      );
    },
  );

  it('refuses a second X-Amz-Security-Token', () => {
    const query = `${presigned.query}&X-Amz-Security-Token=a&X-Amz-Security-Token=a`;
    expect(refusal({ ...presigned, query })).toEqual(mismatch);
  });

  it('refuses a session token in a header beside it', () => {
    expect(refusal(withMoreHeaders(presigned, 'X-Amz-Security-Token', 'token'))).toEqual(mismatch);
  });

  it.each([
    ['X-Amz-Expires=3600', 'X-Amz-Expires=3601'],
    ['Note=a%20b', 'Note=a%20c'],
    ['Note-2=x', 'Note-2=z'],
    ['092653Z', '092654Z'],
  ])('refuses %s changed to %s', (before, after) => {
    expect(refusal(editQuery(presigned, (query) => query.replace(before, after)))).toEqual(mismatch);
  });

  it('refuses an added or removed parameter', () => {
    expect(refusal(editQuery(presigned, (query) => `${query}&Action=Decrypt`))).toEqual(mismatch);
    expect(
      refusal(editQuery(presigned, (query) => query.replace('&Note=a%20b', '').replace('Note=a%20b&', ''))),
    ).toEqual(mismatch);
  });

  it('refuses a changed body or target', () => {
    expect(refusal({ ...presigned, body: Buffer.from('{}') })).toEqual(mismatch);
    expect(refusal(withHeader(presigned, 'x-amz-target', 'TrentService.Decrypt'))).toEqual(mismatch);
  });

  it('refuses an x-amz-* header that is not signed', () => {
    expect(refusal(withMoreHeaders(presigned, 'X-Amz-Added', '1')).text).toContain("'x-amz-added' must be");
  });

  it('refuses a host that is not signed', () => {
    const wire = editQuery(presigned, (query) => query.replace('host%3B', ''));
    expect(refusal(wire).text).toMatch(/^'Host' or ':authority' must be/);
    expect(presigned.rawHeaders).toContain(host);
  });

  it('refuses an upper-case signature', () => {
    const wire = editQuery(presigned, (query) =>
      query.replace(/(?<=X-Amz-Signature=)[0-9a-f]+/, (hex) => hex.toUpperCase()),
    );
    expect(refusal(wire)).toEqual(mismatch);
  });

  it('takes parameter names as AWS spells them', () => {
    const wire = editQuery(presigned, (query) => query.replace('X-Amz-Algorithm', 'x-amz-algorithm'));
    expect(refusal(wire).code).toBe('MissingAuthenticationTokenException');
  });
});

describe('the canonical query', () => {
  it.each([
    ['sorts by name and not by the whole text', 'a-b=2&a=1', `${base}&a=1&a-b=2`],
    ['sorts equal names by value', 'a=2&a=10&a=1', `${base}&a=1&a=10&a=2`],
    ['encodes what need not come encoded', "b=(x)*!'", `${base}&b=%28x%29%2A%21%27`],
    ['decodes what need not come encoded', '%62=%7e%41', `${base}&b=~A`],
    ['does not decode twice', 'b=%2541', `${base}&b=%2541`],
    ['keeps the second equal-sign of a parameter', 'b=1=2', `${base}&b=1%3D2`],
    ['writes a name without value with an equal-sign', 'b', `${base}&b=`],
    ['passes over empty parts', '&b=1&', `${base}&b=1`],
    ['takes bytes that are not UTF-8', 'b=%ff%00', `${base}&b=%FF%00`],
  ])('%s', (_, more, canonical) => {
    expect(authenticate(presignedByHand(`${base}&${more}`, canonical), kms)).toMatchObject({ accessKeyId });
  });

  it.each(['b=%', 'b=%4', 'b=%4g', 'b=%%41', '%zz=1', 'b=%u0041', 'b=% 1'])(
    'refuses the malformed percent-encoding %s',
    (more) => {
      expect(refusal(presignedByHand(`${base}&${more}`))).toEqual(mismatch);
    },
  );

  it.each([
    ['%2B', `${base}&b=a%2Bc`],
    ['%20', `${base}&b=a%20c`],
  ])('refuses a bare plus although %s was signed for it', (_, canonical) => {
    expect(refusal(presignedByHand(`${base}&b=a+c`, canonical))).toEqual(mismatch);
  });

  it('refuses a character that is not a byte', () => {
    expect(refusal(presignedByHand(`${base}&b=\u1234`))).toEqual(mismatch);
  });
});

describe('X-Amz-Expires', () => {
  it('lets the request pass until its last second and no longer', () => {
    const at = (wallClockMs: number) => authenticatorFor(createCredential(), wallClockMs)(presigned, kms);
    expect(at(now + 3600_000)).toMatchObject({ accessKeyId });
    expect(at(now + 3600_999)).toMatchObject({ accessKeyId });
    expect(refusalOf(() => at(now + 3601_000))).toEqual({
      code: 'InvalidSignatureException',
      text: 'Signature expired: 20260314T092653Z is now earlier than 20260314T092654Z (20260314T102654Z - 60 min.)',
      status: 400,
    });
  });

  it('names the lifetime in seconds when it is no whole number of minutes', async () => {
    const wire = await presign({ expiresIn: 90 });
    expect(refusal(wire, now + 91_000).text).toMatch(/- 90 sec\.\)$/);
  });

  it('refuses a request more than five minutes ahead', () => {
    expect(refusal(presigned, now - 301_000).text).toMatch(/^Signature not yet current/);
  });

  it('is five minutes when absent', () => {
    const wire = presignedByHand(base.replace('&X-Amz-Expires=60', ''));
    expect(authenticatorFor(createCredential(), now + 300_000)(wire, kms)).toMatchObject({ accessKeyId });
    expect(refusal(wire, now + 301_000).text).toMatch(/^Signature expired/);
  });

  it('is accepted up to a week', () => {
    const wire = presignedByHand(base.replace('=60', '=604800'));
    expect(authenticatorFor(createCredential(), now + 604_800_000)(wire, kms)).toMatchObject({ accessKeyId });
  });

  it.each(['0', '-1', '604801', '1.5', '1e3', '0x10', '', 'ten', '99999999999', '%2060'])(
    'refuses "%s"',
    (expires) => {
      const query = base.replace('Expires=60', `Expires=${expires}`);
      expect(refusal(presignedByHand(query))).toMatchObject({
        code: 'InvalidSignatureException',
        text: 'X-Amz-Expires must be a whole number of seconds from 1 to 604800.',
      });
    },
  );
});
