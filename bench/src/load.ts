import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { connect as connectTls } from 'node:tls';

/** A server on 127.0.0.1 that requests are sent to; with an authority to trust, under TLS. */
export interface Target {
  readonly port: number;
  readonly ca: string | undefined;
}

/** A request to send, and what its reply's body must contain (undefined: any, as from the echo). */
export interface Shot {
  readonly request: string;
  readonly expect: string | undefined;
}

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  readonly latenciesMs: Float64Array;
}

/**
 * Keeps `connections` keep-alive connections busy, one request at a time on each, until `until` says stop.
 * Every reply is checked; a wrong one ends the run.
 */
export async function runLoad(
  target: Target,
  connections: number,
  nextShot: () => Shot | undefined,
  onReply?: (body: string) => void,
): Promise<LoadResult> {
  const latencies: number[] = [];
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: connections }, () => runConnection(target, nextShot, latencies, onReply)),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  return { requests: latencies.length, seconds, latenciesMs: Float64Array.from(latencies).sort() };
}

async function open({ port, ca }: Target): Promise<Socket> {
  const address = { port, host: '127.0.0.1' };
  const socket =
    ca === undefined
      ? connect({ ...address, noDelay: true })
      : connectTls({ ...address, ca }).setNoDelay(true);
  await once(socket, ca === undefined ? 'connect' : 'secureConnect');
  return socket;
}

async function runConnection(
  target: Target,
  nextShot: () => Shot | undefined,
  latencies: number[],
  onReply: ((body: string) => void) | undefined,
): Promise<void> {
  const socket = await open(target);
  await new Promise<void>((resolve, reject) => {
    let shot = nextShot();
    let sentAt = performance.now();
    let received = '';
    const end = (error?: Error) => {
      socket.destroy();
      if (error === undefined) resolve();
      else reject(error);
    };
    const send = (to: Socket) => {
      if (shot === undefined) {
        end();
        return;
      }
      sentAt = performance.now();
      to.write(shot.request, 'latin1');
    };
    socket.on('error', end);
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      const reply = readReply(received);
      if (reply === undefined) return;
      latencies.push(performance.now() - sentAt);
      if (reply.status !== 200 || (shot?.expect !== undefined && !reply.body.includes(shot.expect))) {
        end(new Error(`wrong reply: ${reply.status} ${reply.body.slice(0, 300)}`));
        return;
      }
      onReply?.(reply.body);
      received = '';
      shot = nextShot();
      send(socket);
    });
    send(socket);
  });
}

function readReply(text: string): { readonly status: number; readonly body: string } | undefined {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const lengthAt = text.indexOf('Content-Length: ') + 16;
  const length = Number(text.slice(lengthAt, text.indexOf('\r\n', lengthAt)));
  if (text.length < headEnd + 4 + length) return undefined;
  return { status: Number(text.slice(9, 12)), body: text.slice(headEnd + 4) };
}

export function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}
