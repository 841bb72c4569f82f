import { isIP } from 'node:net';

/** Whether a host is this machine: what is sent to it crosses no network. */
export function isLoopback(hostname: string): boolean {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (bare === 'localhost' || bare === '::1') return true;
  return isIP(bare) === 4 && bare.startsWith('127.');
}

/**
 * Whether the sealing key may be fetched from there: over TLS, or without it from this machine. An address holds no
 * credentials, path or query, so that it can be shown to anyone.
 */
export function isPermittedEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, pathname, search, hash } = new URL(text);
  if (username + password + search + hash !== '' || pathname !== '/') return false;
  return isPermittedTransport(protocol, hostname);
}

/** The same for the parts of a request as it leaves. */
export function isPermittedTransport(protocol: string, hostname: string): boolean {
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}
