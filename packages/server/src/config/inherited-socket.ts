import { OptionRefusal } from './option-refusal.ts';
import type { Environment } from './resolve-options.ts';

/** The first descriptor that systemd hands over; those below are standard input, output and error. */
const firstFd = 3;

/**
 * The descriptor of the listening socket that systemd, or whoever speaks its protocol (sd_listen_fds(3)), has handed
 * over to the process `pid`; undefined where there is none. Variables meant for another process are inherited by
 * accident and do not count. Throws OptionRefusal for more sockets than the one there is a use for.
 */
export function readInheritedSocket(environment: Environment, pid: number): number | undefined {
  if (environment['LISTEN_PID'] !== String(pid)) return undefined;
  const count = environment['LISTEN_FDS'];
  if (count === undefined || count === '0') return undefined;
  if (count === '1') return firstFd;
  throw new OptionRefusal(
    'environment',
    `LISTEN_FDS hands over ${JSON.stringify(count.slice(0, 20))} sockets, but Keyhaven listens on one.`,
    'Leave one ListenStream= in the socket unit.',
  );
}
