import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { tlsPolicy } from '@keyhaven/crypto';
import type { Alarm } from '../telemetry/alarm.ts';
import { type AdminRequests, closeServer, receiveAct } from './admin-listener.ts';
import { handshakeTimeoutMs, limits } from './limits.ts';
import { listenOn } from './listen-on.ts';
import { sendText } from './replies.ts';
import type { TlsFiles } from './tls-files.ts';
import { installTlsMaterial } from './tls-server.ts';
import { TlsWatch } from './tls-watch.ts';
import { isFromWebPage } from './web-page.ts';

/** Who may act: the holder of the certificate with this SHA-256, in lower-case hexadecimal. */
export interface Operator {
  readonly name: string;
  readonly fingerprint: string;
}

export interface AdminTlsParts extends TlsFiles {
  readonly host: string;
  readonly port: number;
  readonly operators: readonly Operator[];
  readonly requests: AdminRequests;
  readonly alarm: Alarm;
  readonly wallNow: () => number;
}

/**
 * The administrator's acts over the network. An operator is known by the certificate that it shows: the handshake
 * proves that it holds the key, and its fingerprint is in the configuration. No authority has a say.
 */
export class AdminTlsListener {
  readonly #server: Server;
  readonly #parts: AdminTlsParts;
  readonly #watch: TlsWatch;

  constructor(parts: AdminTlsParts) {
    this.#parts = parts;
    this.#server = createServer(
      {
        ...limits,
        ...tlsPolicy,
        handshakeTimeout: handshakeTimeoutMs,
        ALPNProtocols: ['http/1.1'],
        requestCert: true,
        // Whether an authority vouches for it does not matter: `#operatorOf` compares the certificate itself.
        rejectUnauthorized: false,
      },
      (request, response) => {
        this.#receive(request, response);
      },
    );
    this.#server.timeout = 0;
    this.#server.maxConnections = mostConnections;
    this.#watch = new TlsWatch({
      files: parts,
      install: (material) => {
        installTlsMaterial(this.#server, material);
      },
      onNewClientCa: () => undefined,
      alarm: parts.alarm,
      wallNow: parts.wallNow,
      intervalMs: undefined,
    });
    this.#watch.start();
  }

  /** Answers the port that is listened on. */
  listen(): Promise<number> {
    const { host, port } = this.#parts;
    return listenOn(this.#server, { host, port });
  }

  async close(): Promise<void> {
    this.#watch.stop();
    await closeServer(this.#server);
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    // A browser that holds an operator's certificate shows it for whichever page sends a plain POST here.
    if (isFromWebPage(request.rawHeaders)) {
      response.shouldKeepAlive = false;
      sendText(response, 403, 'text/plain; charset=utf-8', 'Web pages are not served.\n');
      request.resume();
      return;
    }
    const operator = this.#operatorOf(request.socket);
    if (operator === undefined) {
      this.#parts.alarm.raise('unknown operator', { sourceIPAddress: request.socket.remoteAddress ?? '' });
      response.shouldKeepAlive = false;
      const text = 'No operator has this certificate. Name it with --admin-operator NAME=SHA256.\n';
      sendText(response, 403, 'text/plain; charset=utf-8', text);
      request.resume();
      return;
    }
    receiveAct(request, response, operator.name, this.#parts.requests);
  }

  #operatorOf(socket: Socket): Operator | undefined {
    if (!(socket instanceof TLSSocket)) return undefined;
    const { fingerprint256 } = socket.getPeerCertificate() as { readonly fingerprint256?: string };
    const fingerprint = fingerprint256?.replaceAll(':', '').toLowerCase();
    return this.#parts.operators.find((one) => one.fingerprint === fingerprint);
  }
}

/** Operators are few, and an act takes a connection. */
const mostConnections = 64;
