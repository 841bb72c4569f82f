import { hmacSha256, sha256 } from '@keyhaven/crypto';
import { SignatureV4 } from '@smithy/signature-v4';

/** A request whose every byte a test may still change. */
export interface WireRequest {
  readonly method: string;
  /** The request target: path and query. */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

/** What is signed; everything has a value that the service accepts. */
export interface RequestOptions {
  readonly method?: string;
  /** Without its prefix `TrentService.`; null leaves the header out. */
  readonly operation?: string | null;
  /** JSON, unless it is text or bytes already. */
  readonly body?: unknown;
  /** More headers, all of them signed; undefined takes one away. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly service?: string;
  readonly region?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly sessionToken?: string;
  readonly signedAt?: Date;
}

/** SHA-256 and HMAC as the signer wants them. */
export class Sha256 {
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

function prepare(url: string, options: RequestOptions) {
  const { host, hostname } = new URL(url);
  const { accessKeyId = 'test', secretAccessKey = 'test', sessionToken } = options;
  const signer = new SignatureV4({
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
    region: options.region ?? 'eu-west-2',
    service: options.service ?? 'kms',
    sha256: Sha256,
    applyChecksum: false,
  });
  const operation = options.operation === undefined ? 'ListKeys' : options.operation;
  const defaults = {
    host,
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': operation === null ? undefined : `TrentService.${operation}`,
  };
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries({ ...defaults, ...options.headers })) {
    if (value !== undefined) headers[name] = value;
  }
  const body = toBytes(options.body ?? {});
  const method = options.method ?? 'POST';
  const unsigned = {
    method,
    protocol: 'http:',
    hostname,
    path: '/',
    query: { ...options.query },
    headers,
    body,
  };
  return { signer, unsigned, signingDate: options.signedAt ?? new Date() };
}

function toBytes(body: unknown): Buffer {
  if (typeof body === 'string') return Buffer.from(body);
  return body instanceof Uint8Array ? Buffer.from(body) : Buffer.from(JSON.stringify(body));
}

interface Signed {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
}

function toWire({ method, headers, query = {} }: Signed, body: Buffer): WireRequest {
  const parameters = Object.entries(query).map(([name, value]) => `${encode(name)}=${encode(String(value))}`);
  const target = parameters.length === 0 ? '/' : `/?${parameters.join('&')}`;
  return { method, target, headers: Object.entries(headers), body };
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The request as the AWS SDK's signer sends it, the signature in a header. */
export async function sign(url: string, options: RequestOptions = {}): Promise<WireRequest> {
  const { signer, unsigned, signingDate } = prepare(url, options);
  return toWire(await signer.sign(unsigned, { signingDate }), unsigned.body);
}

/** The request as the AWS SDK's signer presigns it: the signature and all `x-amz-*` headers in the query. */
export async function presign(
  url: string,
  options: RequestOptions & { readonly expiresIn?: number } = {},
): Promise<WireRequest> {
  const { signer, unsigned, signingDate } = prepare(url, options);
  return toWire(
    await signer.presign(unsigned, { signingDate, expiresIn: options.expiresIn ?? 60 }),
    unsigned.body,
  );
}

/** STS GetCallerIdentity as a form. */
export const callerIdentity: RequestOptions = {
  operation: null,
  service: 'sts',
  body: 'Action=GetCallerIdentity&Version=2011-06-15',
  headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
};

/** The request as bytes, with the length of its body unless it says otherwise itself. */
export function toBytesOf({ method, target, headers, body }: WireRequest): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`);
  const saysLength = headers.some(([name]) => /^(?:content-length|transfer-encoding)$/i.test(name));
  const length =
    saysLength || (method === 'GET' && body.length === 0) ? '' : `content-length: ${body.length}\r\n`;
  return Buffer.concat([
    Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}${length}\r\n`, 'latin1'),
    body,
  ]);
}

export function withHeader(request: WireRequest, name: string, value: string): WireRequest {
  const others = request.headers.filter(([one]) => one.toLowerCase() !== name);
  return { ...request, headers: [...others, [name, value]] };
}

export function withoutHeader(request: WireRequest, name: string): WireRequest {
  return { ...request, headers: request.headers.filter(([one]) => one.toLowerCase() !== name) };
}

export function headerOf(request: WireRequest, name: string): string {
  return request.headers.find(([one]) => one.toLowerCase() === name)?.[1] ?? '';
}
