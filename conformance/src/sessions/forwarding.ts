import { sha256Hex } from '@keyhaven/crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { send } from '../wire/raw-http.ts';
import { type RequestOptions, sign, Sha256, toBytesOf } from '../wire/signed-request.ts';
import { type Credentials, region } from './sessions-under-test.ts';

/** What ForwardAccess takes. */
export interface ForwardedInput {
  readonly Method: string;
  readonly Path: string;
  readonly Query?: string;
  readonly Headers: readonly (readonly string[])[];
  readonly BodySha256: string;
  readonly Service: string;
}

export interface UserRequest {
  readonly service?: string;
  readonly region?: string;
  readonly method?: string;
  readonly path?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signedAt?: Date;
  readonly presigned?: boolean;
}

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** A request that a user signs for another service with AWS's own signer, as that service would show it. */
export async function signFor(by: Credentials, request: UserRequest = {}): Promise<ForwardedInput> {
  const { service = 's3', method = 'GET', path = '/bucket/a%20key', query = {}, body = '' } = request;
  const signer = new SignatureV4({
    credentials: by,
    region: request.region ?? region,
    service,
    sha256: Sha256,
    applyChecksum: service === 's3',
    uriEscapePath: service !== 's3',
  });
  const host = `${service}.${region}.amazonaws.com`;
  // As the presigner of Amazon S3 does it: nobody knows the body yet.
  const isPayloadUnsigned = request.presigned === true && service === 's3';
  const headers = {
    host,
    ...(isPayloadUnsigned ? { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } : {}),
    ...request.headers,
  };
  const unsigned = { method, protocol: 'https:', hostname: host, path, query: { ...query }, headers, body };
  const signingDate = request.signedAt ?? new Date();
  const signed =
    request.presigned === true
      ? await signer.presign(unsigned, { signingDate, expiresIn: 300 })
      : await signer.sign(unsigned, { signingDate });
  const stated = signed.headers['x-amz-content-sha256'];
  return {
    Method: method,
    Path: path,
    Query: Object.entries(signed.query ?? {})
      .map(([name, value]) => `${encode(name)}=${encode(String(value))}`)
      .join('&'),
    Headers: Object.entries(signed.headers),
    BodySha256: stated ?? (isPayloadUnsigned ? 'UNSIGNED-PAYLOAD' : sha256Hex(body)),
    Service: service,
  };
}

/** The outcome of a request in JSON. */
export interface JsonReply {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>>;
}

/** Sends a request in AWS JSON that is signed by these credentials, as the SDK's signer does it. */
export async function call(
  url: string,
  by: Credentials,
  target: string,
  body: object,
  options: RequestOptions = {},
): Promise<JsonReply> {
  const headers = { 'x-amz-target': target, ...options.headers };
  const request = await sign(url, { region, operation: null, ...by, body, ...options, headers });
  const reply = await send(url, toBytesOf(request));
  return { status: reply.status, json: JSON.parse(reply.body || '{}') as JsonReply['json'] };
}

export const forwardAccess = (url: string, by: Credentials, input: object, options?: RequestOptions) =>
  call(url, by, 'KeyhavenServices.ForwardAccess', input, options);

/** The token for a user's request. */
export async function tokenFor(
  url: string,
  service: Credentials,
  user: Credentials,
  request: UserRequest = {},
): Promise<string> {
  const { status, json } = await forwardAccess(url, service, await signFor(user, request));
  const token = json['ForwardedAccessToken'];
  if (status !== 200 || typeof token !== 'string') throw new Error(`no token: ${JSON.stringify(json)}`);
  return token;
}
