import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WireReply } from '../protocol/wire-reply.ts';
import type { WireRequest } from '../protocol/wire-request.ts';
import type { HostAllowList } from './host-allow-list.ts';
import { describeListenError } from './listen-error.ts';
import { mostBodyBytes, readBody } from './read-body.ts';
import { answerSideRoute, type SideRoute } from './side-route.ts';
import { isFromWebPage } from './web-page.ts';

export interface ListenerParts {
  readonly host: string;
  readonly port: number;
  readonly hosts: HostAllowList;
  readonly sideRoutes: readonly SideRoute[];
  /** Told when a side route fails in a way that it should not. */
  readonly onFailure: (error: unknown) => void;
  /** Carries out an API request; `respond` is called exactly once. */
  readonly serve: (wire: WireRequest, respond: (reply: WireReply, requestId: string) => void) => void;
}

/** What a client may take up, in bytes and milliseconds. */
export const limits = {
  /** All header lines together. */
  maxHeaderSize: 32 * 1024,
  /** A client that sends slower than this holds a connection for nothing. */
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
} as const;

/** A bound on the memory that bodies and replies under way can take: each holds one request. */
const mostConnections = 2048;

/** A socket that neither takes nor gives a byte for so long is closed, a client that never reads its reply too. */
const silentSocketMs = 70_000;

/** How long requests under way may take to end when the service is told to stop. */
const drainMs = 5_000;

/** The data plane: plain `node:http`, one route, the headers of every reply prepared as one array. */
export class Listener {
  readonly #server: Server;
  readonly #parts: ListenerParts;

  constructor(parts: ListenerParts) {
    this.#parts = parts;
    this.#server = createServer(limits, (request, response) => {
      this.#receive(request, response);
    });
    this.#server.maxHeadersCount = 200;
    this.#server.maxConnections = mostConnections;
    this.#server.timeout = silentSocketMs;
  }

  /** Answers the port that is listened on. */
  async listen(): Promise<number> {
    const { host, port } = this.#parts;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        reject(describeListenError(error, host, port));
      });
      this.#server.listen(port, host, resolve);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /**
   * Takes no new connections and lets go of each as it falls idle; resolves when the last request is answered.
   * A client that is still sending after `drainMs` is cut off.
   */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    const idle = setInterval(() => {
      this.#server.closeIdleConnections();
    }, 50);
    const patience = setTimeout(() => {
      this.#server.closeAllConnections();
    }, drainMs);
    this.#server.closeIdleConnections();
    await closed;
    clearInterval(idle);
    clearTimeout(patience);
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    if (!this.#parts.hosts.allows(hostOf(request.rawHeaders))) {
      sendPlain(response, 403, 'This Host is not served here. Allow it with --allow-host NAME.\n');
      request.resume();
      return;
    }
    if (isFromWebPage(request.rawHeaders)) {
      sendPlain(response, 403, 'Web pages are not served.\n');
      request.resume();
      return;
    }
    readBody(request, (body) => {
      if (body === undefined) {
        response.shouldKeepAlive = false;
        response.once('finish', () => request.destroy());
        sendPlain(response, 413, `The request body is larger than ${mostBodyBytes} bytes.\n`);
        return;
      }
      this.#dispatch(request, response, body);
    });
  }

  #dispatch(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const target = request.url ?? '/';
    if (target !== '/') {
      const route = this.#parts.sideRoutes.find(({ path }) => path === target);
      if (route !== undefined) {
        answerSideRoute(route, request, response, body, this.#parts.onFailure);
        return;
      }
    }
    const queryAt = target.indexOf('?');
    const wire: WireRequest = {
      method: request.method ?? '',
      path: queryAt === -1 ? target : target.slice(0, queryAt),
      query: queryAt === -1 ? '' : target.slice(queryAt + 1),
      rawHeaders: request.rawHeaders,
      body,
      sourceIp: request.socket.remoteAddress ?? '',
    };
    this.#parts.serve(wire, (reply, requestId) => {
      send(response, reply, requestId);
    });
  }
}

/** `request.headers` would build an object of all headers, on every request, for this one. */
function hostOf(rawHeaders: readonly string[]): string | undefined {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') return rawHeaders[index + 1];
  }
  return undefined;
}

function send(response: ServerResponse, { status, contentType, body }: WireReply, requestId: string): void {
  const bytes = Buffer.byteLength(body);
  response.writeHead(status, [
    'x-amzn-RequestId',
    requestId,
    'Cache-Control',
    'no-cache, no-store, must-revalidate, private',
    'Expires',
    '0',
    'Pragma',
    'no-cache',
    'Content-Type',
    contentType,
    'Content-Length',
    String(bytes),
  ]);
  // A text of one byte a character need not be transcoded: Node then writes head and body in one go.
  response.end(body, bytes === body.length ? 'latin1' : 'utf8');
}

function sendPlain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, [
    'Content-Type',
    'text/plain; charset=utf-8',
    'Content-Length',
    String(Buffer.byteLength(text)),
  ]);
  response.end(text);
}
