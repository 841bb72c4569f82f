import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { StartRefusal } from '../start-refusal.ts';
import { limits } from './limits.ts';
import { readBody } from './read-body.ts';
import { parseActBody } from './secret-members.ts';
import { version } from '../version.ts';

/** Carries out an act and calls `onLine` for each line of the reply; resolves after the last. */
export type RunAct = (
  name: string,
  body: unknown,
  operator: string,
  onLine: (line: unknown) => void,
) => Promise<void>;

export interface AdminRequests {
  readonly knows: (act: string) => boolean;
  readonly run: RunAct;
  /** Called when a request that held a secret, or may have, was read and carried out; its reply ends after that. */
  readonly onSecretRead: () => Promise<void>;
}

const pathPrefix = '/admin/';

const readBufferBytes = 64 * 1024;

/** Linux and macOS keep the path of a socket in a field of about this size, its end included. */
const mostSocketPathBytes = process.platform === 'darwin' ? 103 : 107;

/**
 * The administrator's socket: HTTP over a Unix socket in the data folder. Whoever may open it is the administrator:
 * the folder has mode 0700 and the socket 0600, so that is the service's user.
 */
export class AdminSocket {
  readonly #server: Server;
  readonly #path: string;

  constructor(path: string, requests: AdminRequests) {
    this.#path = path;
    this.#server = createServer(limits, (request, response) => {
      receiveAct(request, response, 'socket', requests);
    });
    // An act may take long: a backup, a rotation.
    this.#server.timeout = 0;
  }

  get path(): string {
    return this.#path;
  }

  async listen(): Promise<void> {
    if (Buffer.byteLength(this.#path) > mostSocketPathBytes) {
      throw new StartRefusal(
        `The path of the administrator's socket is longer than ${mostSocketPathBytes} bytes: ${this.#path}`,
        'Name a shorter one with --admin-socket, or move the data folder.',
      );
    }
    this.#removeLeftOver();
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error) => {
        reject(
          new StartRefusal(
            `The administrator's socket ${this.#path} cannot be made: ${error.message}.`,
            'Name another place with --admin-socket.',
          ),
        );
      });
      this.#server.listen(this.#path, resolve);
    });
    chmodSync(this.#path, 0o600);
  }

  async close(): Promise<void> {
    await closeServer(this.#server);
  }

  /**
   * node:http reads all requests into one buffer, which it keeps: the last one stays there, with the passphrase in it,
   * until another as long comes. Zeros sent to ourselves are read over it, and refused as no HTTP.
   */
  overwriteReadBuffer(): Promise<void> {
    return new Promise((resolve) => {
      connect(this.#path)
        .on('error', () => undefined)
        .on('close', () => {
          resolve();
        })
        .resume()
        .end(Buffer.alloc(readBufferBytes));
    });
  }

  /** A process that was killed leaves its socket; the folder's lock says that nobody listens on it any more. */
  #removeLeftOver(): void {
    if (lstatSync(this.#path, { throwIfNoEntry: false })?.isSocket() === true) rmSync(this.#path);
  }
}

/** Ends when the acts under way have ended. */
export async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** One act: a POST to its path with a JSON body; the reply is one JSON text a line. */
export function receiveAct(
  request: IncomingMessage,
  response: ServerResponse,
  operator: string,
  { knows, run, onSecretRead }: AdminRequests,
): void {
  const target = request.url ?? '';
  const name = target.startsWith(pathPrefix) ? target.slice(pathPrefix.length) : '';
  // So that a command of another version can say so.
  response.setHeader('Keyhaven-Version', version);
  const receive = (bytes: Buffer | undefined) => {
    const write = (line: unknown) => {
      response.write(`${JSON.stringify(line)}\n`);
    };
    const refuse = (status: number, reason: string, nextStep: string) => {
      response.writeHead(status, { 'Content-Type': 'application/x-ndjson' });
      write({ refusal: { reason, nextStep } });
      response.end();
    };
    if (request.method !== 'POST' || !knows(name)) {
      refuse(
        404,
        'The administrator has no such act.',
        'Use the keyhaven command of the version that serves.',
      );
      return;
    }
    const body = bytes === undefined ? undefined : parseActBody(bytes);
    if (body === undefined) {
      void onSecretRead().then(() => {
        refuse(400, 'The body of an act is a JSON object.', 'Use the keyhaven command.');
      });
      return;
    }
    response.shouldKeepAlive = false;
    response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
    void run(name, body.value, operator, write).finally(async () => {
      for (const secret of body.secrets) secret.dispose();
      if (body.secrets.length > 0) await onSecretRead();
      response.end();
    });
  };
  readBody(request, receive, { isSecret: true });
}
