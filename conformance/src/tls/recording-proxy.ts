import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

/** Passes connections on to a port, and keeps what the server sent on the first of them. */
export interface RecordingProxy {
  readonly port: number;
  /** The bytes that the server has sent so far. */
  sent(): Buffer;
  close(): void;
}

export async function startRecordingProxy(toPort: number): Promise<RecordingProxy> {
  const chunks: Buffer[] = [];
  const server = createServer((client) => {
    const upstream = connect(toPort, '127.0.0.1');
    upstream.on('data', (chunk: Buffer) => chunks.push(chunk));
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) {
      socket.on('error', () => {
        client.destroy();
        upstream.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    sent: () => Buffer.concat(chunks),
    close: () => server.close(),
  };
}

const helloRetryRandom = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c';
const keyShareExtension = 51;

/** What the first ServerHello in those bytes says (RFC 8446, section 4.1.3). */
export interface ServerHello {
  /** The named group of its key share, such as 0x11ec for X25519MLKEM768. */
  readonly group: number | undefined;
  /** It only asks for another key share. */
  readonly isRetryRequest: boolean;
}

/** Reads the ServerHello at the beginning of what a server sent. */
export function parseServerHello(sent: Buffer): ServerHello {
  // Record header (5), handshake header (4), version (2), random (32), session id, suite (2), compression (1).
  if (sent[0] !== 22 || sent[5] !== 2)
    throw new Error('the server began with something else than a ServerHello');
  const random = sent.toString('hex', 11, 43);
  let at = 44 + sent.readUInt8(43) + 3;
  const end = at + 2 + sent.readUInt16BE(at);
  at += 2;
  let group: number | undefined;
  while (at < end) {
    const [type, length] = [sent.readUInt16BE(at), sent.readUInt16BE(at + 2)];
    if (type === keyShareExtension) group = sent.readUInt16BE(at + 4);
    at += 4 + length;
  }
  return { group, isRetryRequest: random === helloRetryRandom };
}
