import { AwsError } from '@keyhaven/api-model';
import { hmacSha256, Secret, sha256, sha256Hex } from '@keyhaven/crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { WireRequest } from '../protocol/wire-request.ts';
import { createAuthenticator, rootPrincipal, type Authenticate, type Credential } from './index.ts';

export const accessKeyId = 'AKIAIOSFODNN7EXAMPLE';
export const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
export const accountId = '111122223333';
export const host = 'kms.eu-central-1.amazonaws.com';
export const kms = { service: 'kms' };
/** 2026-03-14T09:26:53Z. */
export const now = Date.UTC(2026, 2, 14, 9, 26, 53);

export const mismatch = {
  code: 'InvalidSignatureException',
  text: 'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  status: 400,
};
export const unrecognized = {
  code: 'UnrecognizedClientException',
  text: 'The security token included in the request is invalid.',
  status: 400,
};

export function createCredential(changes: Partial<Credential> = {}): Credential {
  return {
    accessKeyId,
    accountId,
    principal: rootPrincipal(accountId),
    status: 'Active',
    secret: Secret.take(Buffer.from(secretAccessKey)),
    isTemporary: false,
    ...changes,
  };
}

export function authenticatorFor(credential = createCredential(), wallClockMs = now): Authenticate {
  return createAuthenticator({
    credentials: { find: (id) => (id === credential.accessKeyId ? credential : undefined) },
    wallClock: () => wallClockMs,
  });
}

/** SHA-256 and HMAC as the signer wants them. */
class Sha256 {
  readonly #key: Uint8Array | undefined;
  #message = Buffer.alloc(0);

  constructor(secret?: unknown) {
    if (typeof secret === 'string') this.#key = Buffer.from(secret);
    else if (secret instanceof Uint8Array) this.#key = secret;
  }

  update(data: Uint8Array): void {
    this.#message = Buffer.concat([this.#message, data]);
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#key ? hmacSha256(this.#key, this.#message) : sha256(this.#message));
  }

  reset(): void {
    this.#message = Buffer.alloc(0);
  }
}

export interface ClientRequest {
  method?: string;
  headers?: Record<string, string>;
  query?: Record<string, string | string[]>;
  body?: string;
  signedAt?: number;
  region?: string;
  service?: string;
  secretAccessKey?: string;
  accessKeyId?: string;
  sessionToken?: string;
}

function prepare(request: ClientRequest) {
  const credentials = {
    accessKeyId: request.accessKeyId ?? accessKeyId,
    secretAccessKey: request.secretAccessKey ?? secretAccessKey,
    ...(request.sessionToken === undefined ? {} : { sessionToken: request.sessionToken }),
  };
  const signer = new SignatureV4({
    credentials,
    region: request.region ?? 'eu-central-1',
    service: request.service ?? 'kms',
    sha256: Sha256,
    applyChecksum: false,
  });
  const body = request.body ?? '{"KeyId":"alias/orders"}';
  const unsigned = {
    method: request.method ?? 'POST',
    protocol: 'https:',
    hostname: host,
    path: '/',
    query: request.query ?? {},
    headers: {
      host,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'TrentService.DescribeKey',
      'user-agent': 'aws-sdk-js/3.0.0',
      ...request.headers,
    },
    body,
  };
  return { signer, unsigned, signingDate: new Date(request.signedAt ?? now) };
}

interface HttpRequest {
  method: string;
  headers: Record<string, string>;
  query?: Record<string, string | string[] | null>;
}

function toWire(request: HttpRequest, body: string): WireRequest {
  const query = Object.entries(request.query ?? {}).flatMap(([name, value]) =>
    [value ?? ''].flat().map((one) => `${encode(name)}=${encode(one)}`),
  );
  return {
    method: request.method,
    path: '/',
    query: query.join('&'),
    rawHeaders: Object.entries(request.headers).flat(),
    body: Buffer.from(body),
    sourceIp: '192.0.2.1',
    isSecure: false,
  };
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The request as the AWS SDK's own signer sends it, signature in the Authorization header. */
export async function sign(request: ClientRequest = {}): Promise<WireRequest> {
  const { signer, unsigned, signingDate } = prepare(request);
  return toWire(await signer.sign(unsigned, { signingDate }), unsigned.body);
}

/** The request as the AWS SDK's own signer presigns it, signature in the query. */
export async function presign(request: ClientRequest & { expiresIn?: number } = {}): Promise<WireRequest> {
  const { signer, unsigned, signingDate } = prepare(request);
  const unhoistableHeaders = new Set(Object.keys(unsigned.headers).map((name) => name.toLowerCase()));
  const options = { signingDate, expiresIn: request.expiresIn ?? 60, unhoistableHeaders };
  return toWire(await signer.presign(unsigned, options), unsigned.body);
}

/**
 * Signs a canonical request that a test spells out (up to and without the payload hash's line), so that the
 * expectation does not come from the code under test. Latin-1, one character a byte.
 */
export function signByHand(
  canonicalHead: string,
  body: string,
  credentialScope: string,
  date: string,
): string {
  const canonical = Buffer.from(`${canonicalHead}\n${sha256Hex(body)}`, 'latin1');
  const text = `AWS4-HMAC-SHA256\n${date}\n${credentialScope}\n${sha256Hex(canonical)}`;
  let key: Buffer = Buffer.from(`AWS4${secretAccessKey}`);
  for (const part of credentialScope.split('/')) key = hmacSha256(key, Buffer.from(part));
  return hmacSha256(key, Buffer.from(text)).toString('hex');
}

export function withHeader(wire: WireRequest, name: string, value: string): WireRequest {
  const rawHeaders = [...wire.rawHeaders];
  const at = rawHeaders.findIndex((text, i) => i % 2 === 0 && text.toLowerCase() === name);
  if (at === -1) throw new Error(`The request has no ${name}`);
  rawHeaders[at + 1] = value;
  return { ...wire, rawHeaders };
}

export function withoutHeader(wire: WireRequest, name: string): WireRequest {
  const rawHeaders = wire.rawHeaders.filter((_, i) => wire.rawHeaders[i - (i % 2)]?.toLowerCase() !== name);
  return { ...wire, rawHeaders };
}

export function withMoreHeaders(wire: WireRequest, ...more: string[]): WireRequest {
  return { ...wire, rawHeaders: [...wire.rawHeaders, ...more] };
}

export function authorizationOf(wire: WireRequest): string {
  const at = wire.rawHeaders.findIndex((text, i) => i % 2 === 0 && text.toLowerCase() === 'authorization');
  return wire.rawHeaders[at + 1] ?? '';
}

export function editAuthorization(wire: WireRequest, edit: (text: string) => string): WireRequest {
  const before = authorizationOf(wire);
  const after = edit(before);
  if (after === before) throw new Error('The edit changed nothing');
  return withHeader(wire, 'authorization', after);
}

export function editQuery(wire: WireRequest, edit: (text: string) => string): WireRequest {
  const query = edit(wire.query);
  if (query === wire.query) throw new Error('The edit changed nothing');
  return { ...wire, query };
}

/** The refusal that `attempt` ends in, as the client sees it; fails on any other outcome. */
export function refusalOf(attempt: () => unknown): {
  code: string;
  text: string | undefined;
  status: number;
} {
  try {
    attempt();
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { code: error.code, text: error.text, status: error.status };
  }
  throw new Error('The request was accepted');
}
