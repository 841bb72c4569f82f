import { isIPv4, isIPv6 } from 'node:net';

/** A value that an option does not take; the message is the rule it breaks, as a clause, without the value. */
export class OptionValueError extends Error {}

export function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535))
    throw new OptionValueError('must be a whole number from 0 to 65535 (0 takes a free port)');
  return port;
}

/** Names and addresses of this machine that no other machine can reach. */
export function parseLoopbackHost(text: string): string {
  const name = text.toLowerCase();
  if (name === 'localhost') return name;
  if (name === '::1' || name === '[::1]') return '::1';
  if (isIPv4(name) && name.startsWith('127.')) return name;
  throw new OptionValueError(
    'must be a loopback address (127.0.0.1, ::1 or localhost): this version speaks plain HTTP and accepts ' +
      'well-known credentials, and neither may leave the machine',
  );
}

export function parsePath(text: string): string {
  if (text.trim() === '' || text.includes('\0')) throw new OptionValueError('must be a path');
  return text;
}

const hostName =
  /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/;

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
