import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { WireReply } from '../protocol/wire-reply.ts';
import { HostAllowList } from './host-allow-list.ts';
import { Listener, type ListenerParts } from './listener.ts';

/** An alarm that was raised. */
export type RaisedAlarm = readonly [event: string, details: Readonly<Record<string, string | number>>];

/** A listener on a free port of 127.0.0.1 that answers every API request with the text of its body. */
export interface RunningListener {
  readonly listener: Listener;
  readonly port: number;
}

export const echo: ListenerParts['serve'] = ({ body }, respond) => {
  respond(replyOf(body.toString('utf8')), 'id');
};

export function replyOf(body: string): WireReply {
  return { status: 200, contentType: 'text/plain', body };
}

export async function startListener(parts: Partial<ListenerParts> = {}): Promise<RunningListener> {
  const listener = new Listener({
    host: '127.0.0.1',
    port: 0,
    hosts: new HostAllowList([]),
    sideRoutes: [],
    onFailure: (error) => {
      throw error;
    },
    serve: echo,
    ...parts,
  });
  return { listener, port: await listener.listen() };
}

export interface Reply {
  readonly status: number | undefined;
  readonly body: string;
  readonly connection: string | undefined;
  /** The subject of the certificate that the server showed. */
  readonly subject: string | undefined;
  /** By this a connection is known again. */
  readonly localPort: number | undefined;
}

/** One agent is one client: it keeps one connection alive. */
export function createAgent(ca: string, more: ConnectionOptions = {}): Agent {
  return new Agent({ keepAlive: true, maxSockets: 1, ca, ...more });
}

/** Posts over TLS if the agent speaks it, else over plain HTTP. */
export async function post(port: number, body: string, options: RequestOptions = {}): Promise<Reply> {
  const send = options.agent instanceof Agent ? httpsRequest : httpRequest;
  return readReply(send({ host: '127.0.0.1', port, method: 'POST', path: '/', ...options }), body);
}

async function readReply(request: ClientRequest, body: string): Promise<Reply> {
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const { localPort } = response.socket;
  const subject =
    'getPeerCertificate' in response.socket
      ? String((response.socket as TLSSocket).getPeerCertificate().subject.CN)
      : undefined;
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  return {
    status: response.statusCode,
    body: text,
    connection: response.headers.connection,
    subject,
    localPort,
  };
}

/** A finished handshake. Rejects with the error that ended it. */
export async function shakeHands(port: number, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ...options });
  try {
    await once(socket, 'secureConnect');
  } catch (error) {
    socket.destroy();
    throw error;
  }
  socket.on('error', () => undefined);
  return socket;
}
