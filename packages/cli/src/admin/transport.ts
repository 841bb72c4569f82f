import { type IncomingMessage, request as requestHttp, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { AdminAddress } from './address.ts';

/** The service tells its version in this header of every reply, and is told the command's in every request. */
export const versionHeader = 'keyhaven-version';

/** A service that says nothing for so long is taken for hung. Long acts tell their progress more often than this. */
export const silentMs = 10 * 60_000;

/** Sends a request and answers the reply as soon as its head is there; its body is still coming. */
export function send(
  address: AdminAddress,
  path: string,
  version: string,
  body: Buffer,
  timeoutMs: number,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options: RequestOptions = {
      method: 'POST',
      path,
      agent: false,
      headers: {
        'content-type': 'application/json',
        'content-length': String(body.length),
        [versionHeader]: version,
      },
    };
    const request =
      address.kind === 'socket'
        ? requestHttp({ ...options, socketPath: address.path })
        : requestHttps(address.url, {
            ...options,
            cert: address.cert,
            key: address.key,
            ...(address.ca === undefined ? {} : { ca: address.ca }),
            minVersion: 'TLSv1.3',
            // Said here because NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment would turn it off.
            rejectUnauthorized: true,
          });
    let reply: IncomingMessage | undefined;
    request.setTimeout(timeoutMs, () => {
      // Whichever of the two is waited for is told why it ends.
      (reply ?? request).destroy(Object.assign(new Error('nothing came'), { code: 'ETIMEDOUT' }));
    });
    request.on('response', (response) => {
      reply = response;
      resolve(response);
    });
    request.on('error', reject);
    request.end(body);
  });
}
