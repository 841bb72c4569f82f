import type { Server } from 'node:net';
import { StartRefusal } from '../start-refusal.ts';
import { describeListenError } from './listen-error.ts';

/** Where to listen; `inheritedFd` wins. */
export interface ListenPlace {
  readonly host: string;
  readonly port: number;
  readonly inheritedFd?: number | undefined;
}

/** Listens there and answers the port. Throws StartRefusal when it cannot. */
export async function listenOn(server: Server, { host, port, inheritedFd }: ListenPlace): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        inheritedFd === undefined ? describeListenError(error, host, port) : noListeningSocket(inheritedFd),
      );
    });
    if (inheritedFd === undefined) server.listen(port, host, resolve);
    else server.listen({ fd: inheritedFd }, resolve);
  });
  const address = server.address();
  if (typeof address === 'object' && address !== null) return address.port;
  server.close();
  throw noListeningSocket(inheritedFd);
}

function noListeningSocket(fd: number | undefined): StartRefusal {
  return new StartRefusal(
    `The file descriptor ${String(fd)} that was handed over for listening is no TCP socket that listens.`,
    'Have systemd hand one over: ListenStream=HOST:PORT in the socket unit.',
  );
}
