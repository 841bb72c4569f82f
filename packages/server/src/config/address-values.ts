import { isIPv4, isIPv6 } from 'node:net';
import { OptionValueError } from './option-values.ts';
import type { ListenAddress } from './service-options.ts';

export function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535))
    throw new OptionValueError('must be a whole number from 0 to 65535 (0 takes a free port)');
  return port;
}

const hostName =
  /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/;

/** An address of this machine, in lower case; IPv6 without brackets. */
export function parseHost(text: string): string {
  const host = findHost(text);
  if (host !== undefined) return host;
  throw new OptionValueError(
    'must be an address or name of this machine, such as 127.0.0.1, 0.0.0.0, ::1 or kms.example.com',
  );
}

function findHost(text: string): string | undefined {
  const name = text.toLowerCase();
  const bare = /^\[.*\]$/.test(name) ? name.slice(1, -1) : name;
  if (isIPv6(bare)) return bare;
  if (isIPv4(name)) return name;
  // The last label of a name is never all digits: 127.1 is a misspelt address, which resolvers read differently.
  return hostName.test(name) && !/(?:^|\.)\d+$/.test(name) ? name : undefined;
}

/** Whether no other machine can reach what listens there. A name other than localhost may resolve to anything. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/** `host:port`, an IPv6 address in brackets. */
export function parseListenAddress(text: string): ListenAddress {
  const [, hostText = '', portText = ''] = /^(\[[^\]]*\]|[^:]*):([^:]*)$/.exec(text) ?? [];
  const host = findHost(hostText);
  const port = /^\d{1,5}$/.test(portText) ? Number(portText) : Number.NaN;
  if (host !== undefined && port <= 65_535) return { host, port };
  throw new OptionValueError('must be an address and a port, such as 127.0.0.1:4600 or [::1]:4600');
}

/** The inverse of `parseListenAddress`. */
export function writeListenAddress({ host, port }: ListenAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Names as a `Host` header carries them, without the port, in lower case. */
export function parseHostNames(text: string): readonly string[] {
  return text.split(',').map((part) => {
    const name = part.trim().toLowerCase();
    if (hostName.test(name) || (/^\[.*\]$/.test(name) && isIPv6(name.slice(1, -1)))) return name;
    throw new OptionValueError(
      'must be host names such as kms.test, without scheme or port, separated by commas',
    );
  });
}
