import { describe, expect, it } from 'vitest';
import type { WireRequest } from '../protocol/wire-request.ts';
import { authenticatorFor, createCredential, mismatch, refusalOf } from './signing-client.test-support.ts';

const signedAt = Date.UTC(2015, 7, 30, 12, 36, 0);
const authenticate = authenticatorFor(createCredential({ accessKeyId: 'AKIDEXAMPLE' }), signedAt);
const hostAndDate = ['Host', 'example.amazonaws.com', 'X-Amz-Date', '20150830T123600Z'];

interface Example {
  name: string;
  method?: string;
  query?: string;
  headers?: string[];
  signedHeaders?: string;
  service?: string;
  signature: string;
}

function wireOf(example: Example): WireRequest {
  const scope = `20150830/us-east-1/${example.service ?? 'service'}/aws4_request`;
  const signedHeaders = example.signedHeaders ?? 'host;x-amz-date';
  const authorization = `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scope}, SignedHeaders=${signedHeaders}, Signature=${example.signature}`;
  return {
    method: example.method ?? 'GET',
    path: '/',
    query: example.query ?? '',
    rawHeaders: [...(example.headers ?? hostAndDate), 'Authorization', authorization],
    body: Buffer.alloc(0),
    sourceIp: '192.0.2.1',
    isSecure: false,
  };
}

/** From the Signature Version 4 test suite and the ListUsers example of the AWS General Reference. */
const examples: Example[] = [
  { name: 'get-vanilla', signature: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31' },
  {
    name: 'post-vanilla',
    method: 'POST',
    signature: '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  },
  {
    name: 'get-vanilla-query-order-key-case',
    query: 'Param2=value2&Param1=value1',
    signature: 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  },
  {
    name: 'get-vanilla-utf8-query, its bytes as they are',
    query: `${Buffer.from('ሴ').toString('latin1')}=bar`,
    signature: '2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04',
  },
  {
    name: 'get-vanilla-utf8-query, percent-encoded in lower case',
    query: '%e1%88%b4=bar',
    signature: '2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04',
  },
  {
    name: 'get-header-key-duplicate',
    headers: ['My-Header1', 'value2', 'My-Header1', 'value2', 'My-Header1', 'value1', ...hostAndDate],
    signedHeaders: 'host;my-header1;x-amz-date',
    signature: 'c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea',
  },
  {
    name: 'get-header-value-order',
    headers: [
      ...['My-Header1', 'value4', 'My-Header1', 'value1'],
      ...['My-Header1', 'value3', 'My-Header1', 'value2', ...hostAndDate],
    ],
    signedHeaders: 'host;my-header1;x-amz-date',
    signature: '08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01',
  },
  {
    name: 'get-header-value-trim',
    headers: ['My-Header1', ' value1', 'My-Header2', ' "a   b   c"', ...hostAndDate],
    signedHeaders: 'host;my-header1;my-header2;x-amz-date',
    signature: 'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
  },
  {
    name: 'the ListUsers example',
    query: 'Action=ListUsers&Version=2010-05-08',
    headers: [
      ...['content-type', 'application/x-www-form-urlencoded; charset=utf-8'],
      ...['host', 'iam.amazonaws.com', 'x-amz-date', '20150830T123600Z'],
    ],
    signedHeaders: 'content-type;host;x-amz-date',
    service: 'iam',
    signature: '5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
  },
];

describe('the published examples of Signature Version 4', () => {
  it.each(examples)('accepts $name', (example) => {
    const service = example.service ?? 'service';
    expect(authenticate(wireOf(example), { service })).toMatchObject({ region: 'us-east-1', signedAt });
  });

  it.each(examples)('refuses $name with another method', (example) => {
    const wire = { ...wireOf(example), method: 'DELETE' };
    expect(refusalOf(() => authenticate(wire, { service: example.service ?? 'service' }))).toEqual(mismatch);
  });
});
