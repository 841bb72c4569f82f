import { createHash, createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export const developer: Credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

export interface Reply {
  readonly status: number;
  /** The error's name; undefined for a success. */
  readonly error: string | undefined;
  readonly json: Readonly<Record<string, unknown>>;
  readonly requestId: string;
}

/** The request was sent whole, and its connection ended without a reply. */
export class ReplyLost extends Error {}

/** Nothing was sent: nobody listens. */
export class NotConnected extends Error {}

const defaultRegion = 'eu-west-2';
const signedHeaders = 'content-type;host;x-amz-date;x-amz-target';
const replyWithinMs = 20_000;

/**
 * One keep-alive connection that sends a signed request at a time and retries nothing, so that a test sees exactly what
 * became of each. Connects again where the service has closed the connection with its last reply.
 */
export class SignedConnection {
  readonly #host: string;
  readonly #port: number;
  readonly #credentials: Credentials;
  readonly #region: string;
  #socket: Socket | undefined;
  #signingDate = '';
  #signingKey: Buffer = Buffer.alloc(0);

  constructor(url: string, credentials: Credentials = developer, region: string = defaultRegion) {
    const { hostname, port } = new URL(url);
    this.#host = hostname;
    this.#port = Number(port);
    this.#credentials = credentials;
    this.#region = region;
  }

  /** Rejects with ReplyLost, NotConnected, or an Error where no reply comes in time. */
  async send(operation: string, input: object): Promise<Reply> {
    const socket = await this.#connected();
    socket.write(this.#render(operation, JSON.stringify(input)));
    const { text, isLast } = await readReply(socket);
    if (isLast) this.close();
    const body = text.slice(text.indexOf('\r\n\r\n') + 4);
    const json = (body === '' ? {} : JSON.parse(body)) as Record<string, unknown>;
    const status = Number(text.slice(9, 12));
    const error = status === 200 ? undefined : String(json['__type']).split('#').at(-1);
    const requestId = /^x-amzn-requestid: (.*)\r$/im.exec(text)?.[1] ?? '';
    return { status, error, json, requestId };
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  async #connected(): Promise<Socket> {
    if (this.#socket?.readyState === 'open') return this.#socket;
    const socket = connect({ host: this.#host, port: this.#port, noDelay: true });
    try {
      await once(socket, 'connect');
    } catch (error) {
      throw new NotConnected('nobody listens', { cause: error });
    }
    this.#socket = socket;
    return socket;
  }

  #render(operation: string, body: string): string {
    const now = new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
    const date = now.slice(0, 8);
    const host = `${this.#host}:${this.#port}`;
    const target = `TrentService.${operation}`;
    const scope = `${date}/${this.#region}/kms/aws4_request`;
    const canonical =
      `POST\n/\n\ncontent-type:application/x-amz-json-1.1\nhost:${host}\nx-amz-date:${now}\n` +
      `x-amz-target:${target}\n\n${signedHeaders}\n${sha256(body)}`;
    const signature = createHmac('sha256', this.#keyOf(date))
      .update(`AWS4-HMAC-SHA256\n${now}\n${scope}\n${sha256(canonical)}`)
      .digest('hex');
    const credential = `${this.#credentials.accessKeyId}/${scope}`;
    return (
      `POST / HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/x-amz-json-1.1\r\nx-amz-target: ${target}\r\n` +
      `x-amz-date: ${now}\r\nauthorization: AWS4-HMAC-SHA256 Credential=${credential}, ` +
      `SignedHeaders=${signedHeaders}, Signature=${signature}\r\n` +
      `amz-sdk-invocation-id: ${randomUUID()}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
    );
  }

  #keyOf(date: string): Buffer {
    if (date !== this.#signingDate) {
      this.#signingKey = [date, this.#region, 'kms', 'aws4_request'].reduce<Buffer>(
        (key, part) => createHmac('sha256', key).update(part).digest(),
        Buffer.from(`AWS4${this.#credentials.secretAccessKey}`),
      );
      this.#signingDate = date;
    }
    return this.#signingKey;
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The one reply that is due on the connection, and whether the service says that it is the last. */
function readReply(socket: Socket): Promise<{ readonly text: string; readonly isLast: boolean }> {
  return new Promise((resolve, reject) => {
    let text = '';
    const settle = (act: () => void) => {
      clearTimeout(timer);
      socket.removeAllListeners();
      // What comes after a settled reply is the end of the connection.
      socket.on('error', () => undefined);
      act();
    };
    const lose = () => {
      settle(() => {
        reject(new ReplyLost(`the connection ended after ${text.length} bytes of a reply`));
      });
    };
    const timer = setTimeout(() => {
      settle(() => {
        reject(new Error(`no reply within ${replyWithinMs} ms`));
      });
    }, replyWithinMs);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      const headEnd = text.indexOf('\r\n\r\n');
      if (headEnd === -1) return;
      const head = text.slice(0, headEnd).toLowerCase();
      const length = Number(/content-length: (\d+)/.exec(head)?.[1]);
      if (text.length < headEnd + 4 + length) return;
      const isLast = head.includes('connection: close');
      settle(() => {
        resolve({ text, isLast });
      });
    });
    socket.on('error', lose);
    socket.on('close', lose);
  });
}
