import type { KMS } from '@aws-sdk/client-kms';
import { sha256Hex } from '@keyhaven/crypto';
import { exchange } from '../../wire/raw-http.ts';
import { sign, toBytesOf } from '../../wire/signed-request.ts';
import { region } from './case-accounts.ts';

interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const jsonOf = (body: string) => JSON.parse(body) as Readonly<Record<string, unknown>>;

/** As a service does it: shows the request that a user signed for it, and gets a token for calls on the user's behalf. */
export async function forwardAccess(url: string, user: AccessKey, service: AccessKey): Promise<string> {
  const signedByUser = await sign('http://example-bucket.s3.amazonaws.com', {
    ...user,
    region,
    service: 's3',
    method: 'GET',
    operation: null,
    body: '',
    headers: { 'content-type': undefined },
  });
  const request = await sign(url, {
    ...service,
    region,
    headers: { 'x-amz-target': 'KeyhavenServices.ForwardAccess' },
    body: {
      Service: 's3',
      Method: 'GET',
      Path: '/',
      Headers: signedByUser.headers,
      BodySha256: sha256Hex(Buffer.alloc(0)),
    },
  });
  const { replies } = await exchange(url, [toBytesOf(request)]);
  const { ForwardedAccessToken } = jsonOf(replies[0]?.body ?? '{}');
  if (typeof ForwardedAccessToken !== 'string') throw new Error(`no token: ${replies[0]?.body ?? ''}`);
  return ForwardedAccessToken;
}

/** Adds headers to every request of the client; they are signed with the rest. */
export function sayMore(client: KMS, headers: Readonly<Record<string, string>>): void {
  client.middlewareStack.add(
    (next) => (args) => {
      const { request } = args as { readonly request: { readonly headers: Record<string, string> } };
      Object.assign(request.headers, headers);
      return next(args);
    },
    { step: 'build' },
  );
}
