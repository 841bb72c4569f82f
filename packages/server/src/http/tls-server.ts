import type { RequestListener, ServerOptions } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { tlsPolicy } from '@keyhaven/crypto';
import { StartRefusal } from '../start-refusal.ts';
import type { TlsMaterial } from './tls-files.ts';

/** A server that speaks TLS as the policy says; it has no certificate before `installTlsMaterial`. */
export function createTlsServer(
  httpOptions: ServerOptions,
  { asksClients, handshakeTimeoutMs }: { readonly asksClients: boolean; readonly handshakeTimeoutMs: number },
  onRequest: RequestListener,
): Server {
  return createServer(
    {
      ...httpOptions,
      ...tlsPolicy,
      handshakeTimeout: handshakeTimeoutMs,
      ALPNProtocols: ['http/1.1'],
      requestCert: asksClients,
      rejectUnauthorized: asksClients,
    },
    onRequest,
  );
}

/**
 * New connections get this material from here on; established ones go on as they are. Throws StartRefusal if OpenSSL
 * does not take it.
 */
export function installTlsMaterial(server: Server, { cert, key, clientCa }: TlsMaterial): void {
  const authorities = clientCa === undefined ? {} : { ca: clientCa };
  try {
    server.setSecureContext({ ...tlsPolicy, cert, key, ...authorities });
  } catch (error) {
    // OpenSSL has demands of its own, such as on the length of a key.
    const { code } = error as NodeJS.ErrnoException;
    throw new StartRefusal(
      `OpenSSL does not take the TLS certificate and private key (${code ?? 'no reason given'}).`,
      'Have a certificate made for a key of type ECDSA P-256, or RSA with 2048 bits or more.',
    );
  }
}

const advice = 'This port speaks TLS. Use https:// in the endpoint.\n';
const plainHttpReply =
  'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n' +
  `Content-Length: ${advice.length}\r\n\r\n${advice}`;

/** The socket below TLS of the client with that address and port. */
type FindSocket = (
  remoteAddress: string | undefined,
  remotePort: number | undefined,
) => { write(text: string): unknown } | undefined;

/** Tells clients that speak plain HTTP what to do instead of only hanging up. */
export function answerPlainHttp(server: Server, findSocket: FindSocket): void {
  // Before node:https destroys the socket, which is after what is written here. OpenSSL has sent nothing on it.
  server.prependListener('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
    if (error.code !== 'ERR_SSL_HTTP_REQUEST') return;
    findSocket(socket.remoteAddress, socket.remotePort)?.write(plainHttpReply);
  });
}
