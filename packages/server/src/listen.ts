import { join } from 'node:path';
import type { AdminRunner } from './admin/admin-runner.ts';
import { adminSocketName } from './config/load-options.ts';
import type { ServiceOptions } from './config/service-options.ts';
import { findTlsPaths } from './config/tls-paths.ts';
import { AdminSocket } from './http/admin-listener.ts';
import { AdminTlsListener } from './http/admin-tls-listener.ts';
import { HostAllowList } from './http/host-allow-list.ts';
import { Listener } from './http/listener.ts';
import { clockRoute, healthRoute, readyRoute } from './http/side-routes.ts';
import type { Lifecycle } from './lifecycle/lifecycle.ts';
import type { Surroundings } from './lifecycle/surroundings.ts';
import { version } from './version.ts';

/** Takes requests from here on; answers the port, and what reads certificate and key anew. */
export async function listen(
  { options, clock, alarm }: Surroundings,
  inheritedFd: number | undefined,
  lifecycle: Lifecycle,
  opening: AsyncDisposableStack,
): Promise<{ readonly port: number; readonly reload: () => void }> {
  const tls = findTlsPaths(options);
  const listener = new Listener({
    host: options.host,
    port: options.port,
    inheritedFd,
    tls: tls && { ...tls, alarm, wallNow: () => clock.wallNow() },
    hosts: new HostAllowList(options.allowHosts),
    sideRoutes: [
      healthRoute(version),
      readyRoute(() => lifecycle.readiness()),
      ...(options.profile === 'development'
        ? [clockRoute(clock, (seconds) => lifecycle.moveClock(seconds))]
        : []),
    ],
    onFailure: (error) => {
      alarm.raise('side route failed', { reason: String(error) });
    },
    serve: (wire, respond) => {
      lifecycle.serve(wire, respond);
    },
  });
  opening.defer(() => listener.close());
  const port = await listener.listen();
  return {
    port,
    reload: () => {
      if (tls !== undefined) listener.reloadTls();
    },
  };
}

/** The socket in the data folder and, where it is configured, the listener for operators with certificates. */
export async function listenToAdministrators(
  { options, folder, alarm, clock }: Surroundings,
  runner: AdminRunner,
  opening: AsyncDisposableStack,
): Promise<void> {
  let socket: AdminSocket | undefined;
  const requests = {
    knows: (act: string) => runner.knows(act),
    run: runner.run.bind(runner),
    onSecretRead: () => socket?.overwriteReadBuffer() ?? Promise.resolve(),
  };
  // Windows has no such sockets.
  if (process.platform !== 'win32') {
    socket = new AdminSocket(options.adminSocket ?? join(folder.path, adminSocketName), requests);
    opening.adopt(socket, (own) => own.close());
    await socket.listen();
  }
  const tls = findTlsPaths(options);
  if (options.adminListen === undefined || tls === undefined) return;
  const listener = new AdminTlsListener({
    ...tls,
    ...options.adminListen,
    operators: options.adminOperators,
    requests,
    alarm,
    wallNow: () => clock.wallNow(),
  });
  opening.defer(() => listener.close());
  await listener.listen();
}

export function urlOf({ host, tlsCert }: ServiceOptions, port: number): string {
  return `${tlsCert === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
