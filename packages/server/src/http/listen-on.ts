import { isIPv4, type Server } from 'node:net';
import { StartRefusal } from '../start-refusal.ts';
import { describeListenError } from './listen-error.ts';

/** Where to listen. */
export interface ListenPlace {
  readonly host: string;
  readonly port: number;
  /**
   * A bound TCP socket to listen on instead. If it can be reached from other machines, `host` must say so too: what the
   * service refuses to do in sight of other machines is decided by `host`.
   */
  readonly inheritedFd?: number | undefined;
}

/** Listens there and answers the port. Throws StartRefusal when it cannot. */
export async function listenOn(server: Server, { host, port, inheritedFd }: ListenPlace): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        inheritedFd === undefined ? describeListenError(error, host, port) : refuseDescriptor(inheritedFd),
      );
    });
    if (inheritedFd === undefined) server.listen(port, host, resolve);
    else server.listen({ fd: inheritedFd }, resolve);
  });
  const bound = server.address();
  const isTcp = typeof bound === 'object' && bound !== null;
  if (isTcp && (inheritedFd === undefined || isLoopback(bound.address) || !isLoopback(host)))
    return bound.port;
  server.close();
  throw isTcp ? refuseExposure(bound.address, host) : refuseDescriptor(inheritedFd);
}

/** Whether no other machine can reach the address, or `localhost`. */
export function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:/, '');
  return plain === 'localhost' || plain === '::1' || (isIPv4(plain) && plain.startsWith('127.'));
}

function refuseDescriptor(fd: number | undefined): StartRefusal {
  return new StartRefusal(
    `The file descriptor ${String(fd)} that was handed over for listening is no TCP socket.`,
    'Have systemd hand one over: ListenStream=ADDRESS:PORT in the socket unit.',
  );
}

function refuseExposure(address: string, host: string): StartRefusal {
  return new StartRefusal(
    `The socket that was handed over listens on ${address}, in reach of other machines, but --host is ${host}.`,
    `Give --host ${address} as well, or ListenStream=127.0.0.1:PORT in the socket unit.`,
  );
}
