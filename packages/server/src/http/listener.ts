import {
  createServer,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
} from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { WireReply } from '../protocol/wire-reply.ts';
import type { WireRequest } from '../protocol/wire-request.ts';
import type { Alarm } from '../telemetry/alarm.ts';
import { Connections } from './connections.ts';
import type { HostAllowList } from './host-allow-list.ts';
import {
  connectionTimings,
  type ConnectionTimings,
  handshakeTimeoutMs,
  limits,
  mostConnections,
  silentSocketMs,
} from './limits.ts';
import { listenOn } from './listen-on.ts';
import { mostBodyBytes, readBody } from './read-body.ts';
import { sendReply, sendText } from './replies.ts';
import { answerSideRoute, type SideRoute } from './side-route.ts';
import type { TlsFiles } from './tls-files.ts';
import { answerPlainHttp, createTlsServer, installTlsMaterial } from './tls-server.ts';
import { type TlsReload, TlsWatch } from './tls-watch.ts';
import { isFromWebPage } from './web-page.ts';

/** What a listener needs to speak TLS. */
export interface TlsParts extends TlsFiles {
  readonly alarm: Pick<Alarm, 'raise'>;
  /** The wall clock, in milliseconds. */
  readonly wallNow: () => number;
  /** How often the files are looked at for a change; a few seconds unless a test cannot wait. */
  readonly watchIntervalMs?: number;
  /** How long a handshake may take; ten seconds unless a test cannot wait. */
  readonly handshakeTimeoutMs?: number;
}

export interface ListenerParts {
  readonly host: string;
  readonly port: number;
  /** A TCP socket that another process has bound and handed over; then `host` and `port` are not used. */
  readonly inheritedFd?: number | undefined;
  /** Plain HTTP without it. */
  readonly tls?: TlsParts | undefined;
  readonly hosts: HostAllowList;
  readonly sideRoutes: readonly SideRoute[];
  /** Told when a side route fails in a way that it should not. */
  readonly onFailure: (error: unknown) => void;
  /** Carries out an API request; `respond` is called exactly once. */
  readonly serve: (wire: WireRequest, respond: (reply: WireReply, requestId: string) => void) => void;
  /** For tests that cannot wait. */
  readonly timings?: Partial<ConnectionTimings>;
}

/** The data plane: `node:http` or `node:https`, one route and a few beside it. */
export class Listener {
  readonly #server: HttpServer | HttpsServer;
  readonly #parts: ListenerParts;
  readonly #connections: Connections;
  readonly #tls: TlsWatch | undefined;

  /** Throws StartRefusal when the TLS files cannot be used. */
  constructor(parts: ListenerParts) {
    this.#parts = parts;
    const { tls } = parts;
    const receive = (request: IncomingMessage, response: ServerResponse) => {
      this.#receive(request, response);
    };
    const timings = { ...connectionTimings, ...parts.timings };
    if (tls === undefined) {
      this.#server = createServer(limits, receive);
      this.#connections = new Connections(this.#server, 'connection', timings);
    } else {
      const asksClients = tls.clientCaFile !== undefined;
      const server = createTlsServer(limits, { handshakeTimeoutMs, asksClients, ...tls }, receive);
      this.#server = server;
      this.#connections = new Connections(server, 'secureConnection', timings);
      this.#tls = this.#watchTls(server, tls);
    }
    this.#server.maxHeadersCount = 200;
    this.#server.maxConnections = mostConnections;
    this.#server.timeout = silentSocketMs;
  }

  #watchTls(server: HttpsServer, tls: TlsParts): TlsWatch {
    const connections = this.#connections;
    answerPlainHttp(server, (address, port) => connections.findAccepted(address, port));
    const watch = new TlsWatch({
      files: tls,
      install: (material) => {
        installTlsMaterial(server, material);
      },
      // Who was vouched for by an authority that is gone must not go on for as long as it keeps its connection.
      onNewClientCa: () => {
        connections.retireAll();
      },
      alarm: tls.alarm,
      wallNow: tls.wallNow,
      intervalMs: tls.watchIntervalMs,
    });
    watch.start();
    return watch;
  }

  /** Answers the port that is listened on. Throws StartRefusal when it cannot be. */
  listen(): Promise<number> {
    return listenOn(this.#server, this.#parts);
  }

  /**
   * Takes certificate, key and client CA from their files, all or nothing; without TLS there is nothing to take.
   * Established connections go on, those under another client CA until their next reply.
   */
  reloadTls(): TlsReload {
    return this.#tls?.reload() ?? { isTaken: true };
  }

  /**
   * Takes no new connections and answers what is under way; the reply is then the last on its connection. Resolves when
   * all connections are closed; a client that is still sending after five seconds is cut off.
   */
  async close(): Promise<void> {
    this.#tls?.stop();
    await this.#connections.drain();
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    if (!this.#parts.hosts.allows(hostOf(request.rawHeaders), request.socket)) {
      this.#refuse(request, response, 'This Host is not served here. Allow it with --allow-host NAME.\n');
      return;
    }
    if (isFromWebPage(request.rawHeaders)) {
      this.#refuse(request, response, 'Web pages are not served.\n');
      return;
    }
    readBody(request, (body) => {
      if (body === undefined) {
        response.shouldKeepAlive = false;
        response.once('finish', () => request.destroy());
        this.#sendText(response, 413, `The request body is larger than ${mostBodyBytes} bytes.\n`);
        return;
      }
      this.#dispatch(request, response, body);
    });
  }

  #refuse(request: IncomingMessage, response: ServerResponse, text: string): void {
    this.#sendText(response, 403, text);
    request.resume();
  }

  #sendText(response: ServerResponse, status: number, text: string, contentType = plainText): void {
    this.#connections.prepareReply(response);
    sendText(response, status, contentType, text);
  }

  #dispatch(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const target = request.url ?? '/';
    if (target !== '/') {
      const route = this.#parts.sideRoutes.find(({ path }) => path === target);
      if (route !== undefined) {
        const sendJson = (status: number, text: string) => {
          this.#sendText(response, status, text, 'application/json');
        };
        answerSideRoute(route, request, body, sendJson, this.#parts.onFailure);
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
      isSecure: this.#tls !== undefined,
    };
    this.#parts.serve(wire, (reply, requestId) => {
      this.#connections.prepareReply(response);
      sendReply(response, reply, requestId);
    });
  }
}

const plainText = 'text/plain; charset=utf-8';

/** `request.headers` would build an object of all headers, on every request, for this one. */
function hostOf(rawHeaders: readonly string[]): string | undefined {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') return rawHeaders[index + 1];
  }
  return undefined;
}
