import { connect, type Socket } from 'node:net';

/** A reply as it came off the socket. */
export interface RawReply {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** What came back on one connection. */
export interface Exchange {
  readonly replies: readonly RawReply[];
  /** The server ended the connection. */
  readonly isClosed: boolean;
}

/** Far longer than any reply takes; a test that meets it fails. */
const mostMs = 20_000;

/**
 * Writes the parts one after the other on a fresh connection and answers when that many replies are there, or the
 * server has closed. `null` in the place of a count waits for the server to close.
 */
export function exchange(
  url: string,
  parts: readonly (string | Uint8Array)[],
  replies: number | null = 1,
): Promise<Exchange> {
  const { hostname, port } = new URL(url);
  const { promise, resolve, reject } = Promise.withResolvers<Exchange>();
  const socket = connect(Number(port), hostname);
  let received: Buffer = Buffer.alloc(0);
  const finish = (isClosed: boolean) => {
    clearTimeout(timer);
    socket.destroy();
    resolve({ replies: parseReplies(received), isClosed });
  };
  const timer = setTimeout(() => {
    socket.destroy();
    reject(
      new Error(
        `the server neither answered nor closed; it sent ${JSON.stringify(received.toString('latin1'))}`,
      ),
    );
  }, mostMs);
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    if (replies !== null && parseReplies(received).length >= replies) finish(false);
  });
  socket.on('close', () => finish(true));
  // A reset is a close: what was received before it counts.
  socket.on('error', () => undefined);
  writeAll(socket, parts);
  return promise;
}

function writeAll(socket: Socket, parts: readonly (string | Uint8Array)[]): void {
  for (const part of parts) socket.write(typeof part === 'string' ? Buffer.from(part, 'latin1') : part);
}

/** The one reply to one request. */
export async function send(url: string, ...parts: readonly (string | Uint8Array)[]): Promise<RawReply> {
  const { replies } = await exchange(url, parts);
  const [reply] = replies;
  if (reply === undefined) throw new Error('the server closed without a reply');
  return reply;
}

/** The complete replies in what was received; 1xx ones have no body. */
function parseReplies(received: Buffer): readonly RawReply[] {
  const replies: RawReply[] = [];
  let start = 0;
  for (;;) {
    const headEnd = received.indexOf('\r\n\r\n', start);
    if (headEnd === -1) return replies;
    const [statusLine = '', ...lines] = received.toString('latin1', start, headEnd).split('\r\n');
    const headers = new Map(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
      }),
    );
    const status = Number(statusLine.split(' ')[1]);
    const bodyAt = headEnd + 4;
    // Node itself answers some malformed requests, chunked and with nothing in it.
    const isEmptyChunked = headers.get('transfer-encoding') === 'chunked';
    const end = bodyAt + (isEmptyChunked ? '0\r\n\r\n'.length : Number(headers.get('content-length') ?? 0));
    if (end > received.length) return replies;
    replies.push({ status, headers, body: isEmptyChunked ? '' : received.toString('utf8', bodyAt, end) });
    start = end;
  }
}
