import type { Server as HttpServer, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import { Server as NetServer, type Socket } from 'node:net';
import type { ConnectionTimings } from './limits.ts';

/** Into how many rounds the age of a connection is divided, so that none need be timed by itself. */
const roundsOfAge = 20;

/** The open connections of a server: how old each is, and how all of them end without the loss of a reply. */
export class Connections {
  readonly #server: HttpServer | HttpsServer;
  readonly #timings: ConnectionTimings;
  /** Sockets as they were accepted; over TLS they carry those below. */
  readonly #accepted = new Set<Socket>();
  /** Those that requests come on, and how many rounds of ageing each has seen. */
  readonly #rounds = new Map<Socket, number>();
  /** Those whose next reply is their last. Empty most of the time. */
  readonly #retiring = new Set<Socket>();
  #ageing: NodeJS.Timeout | undefined;
  #isDraining = false;

  /** `ready` is the event by which the server says that requests can come on a socket. */
  constructor(
    server: HttpServer | HttpsServer,
    ready: 'connection' | 'secureConnection',
    timings: ConnectionTimings,
  ) {
    this.#server = server;
    this.#timings = timings;
    server.on('connection', (socket: Socket) => {
      this.#accepted.add(socket);
      socket.once('close', () => this.#accepted.delete(socket));
    });
    server.on(ready, (socket: Socket) => {
      this.#rounds.set(socket, 0);
      socket.once('close', () => {
        this.#rounds.delete(socket);
        this.#retiring.delete(socket);
      });
    });
    server.once('listening', () => {
      this.#ageing = setInterval(() => {
        this.#retireOld();
      }, timings.ageMs / roundsOfAge).unref();
    });
  }

  /** To be called before a reply is written: lets it say `Connection: close` where it is the connection's last. */
  prepareReply(response: ServerResponse): void {
    const { socket } = response;
    if (this.#isDraining || (this.#retiring.size > 0 && socket !== null && this.#retiring.has(socket))) {
      response.shouldKeepAlive = false;
    }
  }

  /** The next reply on each connection that is open now is its last. */
  retireAll(): void {
    for (const socket of this.#rounds.keys()) this.#retiring.add(socket);
  }

  /** The socket as it was accepted, below TLS, of the client with that address and port. */
  findAccepted(remoteAddress: string | undefined, remotePort: number | undefined): Socket | undefined {
    for (const socket of this.#accepted) {
      if (socket.remotePort === remotePort && socket.remoteAddress === remoteAddress) return socket;
    }
    return undefined;
  }

  /**
   * Accepts no more; every reply from now on is its connection's last, and connections without a request are let go
   * after `lingerMs`. Resolves when all are closed; a client that is still sending after `drainMs` is cut off.
   */
  async drain(): Promise<void> {
    this.#isDraining = true;
    const { lingerMs, drainMs } = this.#timings;
    clearInterval(this.#ageing);
    const closed = new Promise<void>((resolve) => {
      // The close of node:http destroys idle connections at once, also where a request on them has arrived unread.
      NetServer.prototype.close.call(this.#server, () => {
        resolve();
      });
    });
    let idle: NodeJS.Timeout | undefined;
    const linger = setTimeout(() => {
      this.#closeUnused();
      idle = setInterval(() => {
        this.#closeUnused();
      }, 50);
    }, lingerMs);
    const patience = setTimeout(() => {
      for (const socket of this.#accepted) socket.destroy();
    }, drainMs);
    await closed;
    clearTimeout(linger);
    clearInterval(idle);
    clearTimeout(patience);
    // Nothing is open any more; this ends the timer by which node:http looks for slow requests.
    this.#server.close();
  }

  #closeUnused(): void {
    this.#server.closeIdleConnections();
    // To node:http a connection on which nothing came yet is one with a request under way.
    for (const socket of this.#accepted) if (socket.bytesRead === 0) socket.destroy();
  }

  #retireOld(): void {
    for (const [socket, rounds] of this.#rounds) {
      if (rounds < roundsOfAge) this.#rounds.set(socket, rounds + 1);
      else this.#retiring.add(socket);
    }
  }
}
