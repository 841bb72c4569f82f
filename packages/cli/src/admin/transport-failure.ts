import { existsSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandFailure, refused } from '../command-failure.ts';
import { quoteForShell } from '../terminal/shell-words.ts';
import type { AdminAddress, HttpsAddress, SocketAddress } from './address.ts';

/** Why the service could not be reached, or was lost, with the next step. */
export function describeTransportError(error: unknown, address: AdminAddress): CommandFailure {
  const code = codeOf(error);
  return address.kind === 'socket' ? describeSocketError(code, address) : describeHttpsError(code, address);
}

/** The connection ended before the reply did. */
export function describeEarlyClose(isSilence: boolean, address: AdminAddress): CommandFailure {
  const what = isSilence ? 'said nothing for minutes' : 'ended the connection';
  return refused(
    `The service ${what} before it told the outcome.`,
    `What was asked may have been done or not. Look with: keyhaven status${describePlace(address)}`,
  );
}

/** What fits into the address of a Unix socket (`sun_path`, less its end). */
const mostPathBytes = process.platform === 'linux' ? 107 : 103;

/**
 * Refuses a missing socket, what is no socket, and a socket of a stranger: a passphrase would go to whoever listens there. Root decides for
 * itself, and what belongs to root is root's.
 */
export function refuseOtherSocket(address: SocketAddress): void {
  const { path } = address;
  if (Buffer.byteLength(path) > mostPathBytes && process.platform !== 'win32') {
    throw refused(
      `The path of the socket ${path} has more than ${mostPathBytes} bytes, which the system does not take.`,
      'Name a shorter one with --admin-socket, here and to keyhaven serve.',
    );
  }
  const found = findStatus(address);
  if (!found.isSocket() && process.platform !== 'win32')
    throw refused(`${path} is not a socket.`, 'Name the socket of the service with --admin-socket.');
  const own = process.getuid?.() ?? 0;
  if (own === 0 || found.uid === own || found.uid === 0) return;
  throw refused(
    `The socket ${path} belongs to the user with id ${found.uid}, but this command runs as ${own}.`,
    `Run it as the user of the service: sudo -u '#${found.uid}' keyhaven ...`,
  );
}

function findStatus(address: SocketAddress): Stats {
  try {
    return statSync(address.path);
  } catch (error) {
    throw describeSocketError(codeOf(error), address);
  }
}

/** Someone took the connection; the request may have been read. */
const lostCodes: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

function describeSocketError(code: string, address: SocketAddress): CommandFailure {
  const { path, dataDir } = address;
  if (lostCodes.has(code)) return describeEarlyClose(code === 'ETIMEDOUT', address);
  const start = `Start it with: keyhaven serve${describePlace(address)}`;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return describeMissing(address, start);
    case 'ECONNREFUSED':
      return refused(
        `No service is running on the data folder ${dataDir}: nobody listens on ${path} any more.`,
        start,
      );
    case 'EACCES':
    case 'EPERM':
      return refused(
        `This user may not use the socket ${path}.`,
        'Run the command as the user that the service runs as, or as root.',
      );
    default:
      return refused(`The service cannot be reached through ${path} (${code}).`, start);
  }
}

function describeMissing({ path, dataDir }: SocketAddress, start: string): CommandFailure {
  if (!existsSync(dataDir))
    return refused(`There is no data folder ${dataDir}.`, 'Name that of the service with --data-dir.');
  if (!existsSync(join(dataDir, 'seal.json'))) {
    return refused(
      `The folder ${dataDir} holds no installation.`,
      'Name the data folder of the service with --data-dir, or make an installation with keyhaven init.',
    );
  }
  return refused(`No service is running on the data folder ${dataDir}: there is no socket ${path}.`, start);
}

/** What Node calls a certificate that it does not believe. */
const distrusted: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
]);

function describeHttpsError(code: string, { url }: HttpsAddress): CommandFailure {
  if (distrusted.has(code)) {
    return refused(
      `The certificate of ${url.origin} is not trusted (${code}).`,
      'Name the authority that issued it with --admin-ca.',
    );
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return refused(
      `The certificate of ${url.origin} is for another name.`,
      'Use a name in --admin-url that is in the certificate.',
    );
  if (code === 'ECONNRESET' || code.startsWith('ERR_SSL') || code === 'EPROTO')
    return refused(
      `${url.origin} ended the connection during the TLS handshake (${code}).`,
      'See that --client-cert and --client-key belong together and that the service knows the operator: --admin-operator.',
    );
  return refused(
    `${url.origin} cannot be reached (${code}).`,
    'See that the service runs with --admin-listen and that --admin-url names it.',
  );
}

/** The options by which a command finds the same service again. */
export function describePlace(address: AdminAddress): string {
  return address.kind === 'socket'
    ? ` --data-dir ${quoteForShell(address.dataDir)}`
    : ` --admin-url ${address.url.origin} ...`;
}

/** Node's name of an error, or its text if it has none. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : String(error instanceof Error ? error.message : error);
}
