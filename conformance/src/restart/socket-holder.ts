import { spawnSync } from 'node:child_process';
import { createServer, type Server } from 'node:net';

/*
 * Holds a listening socket as systemd does, and hands it to one service after the other: whenever one ends, the next
 * starts. Arguments: what to listen on (an address, or the path of a Unix socket), how many services there will be, and
 * the script to run with Node, with its arguments.
 */

const [place = '127.0.0.1', count = '1', ...script] = process.argv.slice(2);

/** systemd's protocol: descriptor 3, and the process that it is meant for, which only the shell knows in time. */
const asSystemd = 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"';

const server = createServer();
server.listen(place.startsWith('/') ? { path: place } : { port: 0, host: place }, () => {
  // This process never gets back to its event loop, so it never accepts a connection that is not its own.
  const { _handle: handle } = server as Server & { readonly _handle: { readonly fd: number } };
  for (let generation = 1; generation <= Number(count); generation++) {
    spawnSync('/bin/sh', ['-c', asSystemd, 'sh', process.execPath, ...script], {
      stdio: ['ignore', 'inherit', 'inherit', handle.fd],
    });
  }
  process.exit(0);
});
