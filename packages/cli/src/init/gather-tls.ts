import { accessSync, constants, readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { OptionValueError, parseHost, splitList } from '@keyhaven/server/config';
import { CommandFailure, exitCodes, refused } from '../command-failure.ts';
import { promptChecked } from '../terminal/prompt.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { InitOptions } from './init-options.ts';
import type { PlannedTls } from './init-plan.ts';
import type { Missing } from './missing.ts';
import { readCertificateNames } from './self-signed.ts';

/** How TLS is to be spoken, asked for where it was not given; undefined where it is missing. Throws CommandFailure. */
export async function gatherTls(
  options: InitOptions,
  asked: Terminal | undefined,
  missing: Missing,
): Promise<PlannedTls | undefined> {
  const { tlsCert, tlsKey, tlsSelfSigned, allowUnsafe } = options;
  if (tlsCert !== undefined || tlsKey !== undefined) {
    if (tlsSelfSigned.length > 0) throw misuse('--tls-self-signed makes a certificate, but one is given.');
    if (tlsCert === undefined || tlsKey === undefined)
      throw misuse('--tls-cert and --tls-key are of no use without each other.');
    return { kind: 'files', cert: resolve(tlsCert), key: resolve(tlsKey) };
  }
  if (tlsSelfSigned.length > 0) return { kind: 'self-signed', names: [...new Set(tlsSelfSigned)] };
  if (allowUnsafe.has('plain-http')) return { kind: 'none' };
  if (asked === undefined) {
    const purpose = 'the certificate to serve HTTPS with, or the names to make one for';
    missing.add('--tls-cert FILE and --tls-key FILE, or --tls-self-signed NAME,NAME', purpose);
    return undefined;
  }
  asked.errors.write('A self-signed certificate is made for the names by which clients reach the service.\n');
  const usual = [...new Set([hostname().toLowerCase(), 'localhost', '127.0.0.1'])].filter(isHost).join(',');
  const answer = await promptChecked(asked, 'Names and addresses, with commas', usual, (text) =>
    splitList([text]).every(isHost) ? undefined : 'Write names such as kms.example.com, or addresses.',
  );
  return { kind: 'self-signed', names: [...new Set(splitList([answer]).map(parseHost))] };
}

/**
 * The names that a `Host` header may carry: what was given, and what the certificate is for. Reads the given certificate
 * and throws CommandFailure where it or its key cannot be used.
 */
export async function gatherAllowHosts(
  given: readonly string[],
  tls: PlannedTls,
): Promise<readonly string[]> {
  const names = tls.kind === 'self-signed' ? tls.names : tls.kind === 'files' ? await readNames(tls) : [];
  const hosts = names.map((name) => (isIPv6(name) ? `[${name}]` : name));
  return [...new Set([...given, ...hosts])];
}

async function readNames({
  cert,
  key,
}: {
  readonly cert: string;
  readonly key: string;
}): Promise<readonly string[]> {
  try {
    accessSync(key, constants.R_OK);
  } catch {
    throw refused(
      `The key ${key} cannot be read.`,
      'Name a PEM file that this user may read with --tls-key.',
    );
  }
  try {
    return (await readCertificateNames(readFileSync(cert, 'latin1'))).filter(isHost);
  } catch {
    throw refused(
      `The certificate ${cert} cannot be read.`,
      'Name a PEM file with a certificate with --tls-cert.',
    );
  }
}

function isHost(text: string): boolean {
  try {
    parseHost(text);
    return true;
  } catch (error) {
    if (error instanceof OptionValueError) return false;
    throw error;
  }
}

function misuse(reason: string): CommandFailure {
  return new CommandFailure(reason, 'Give one of the two: files, or names.', exitCodes.usage);
}
