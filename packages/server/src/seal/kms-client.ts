import { readFileSync, statSync } from 'node:fs';
import type * as Sdk from '@aws-sdk/client-kms';
import { isPermittedTransport } from './kms-endpoint.ts';
import { SealRefusal } from './seal-refusal.ts';

/** Where the other KMS is. */
export interface KmsAddress {
  readonly region: string;
  /** AWS's of the Region unless given. */
  readonly endpoint?: string | undefined;
  /** A PEM file with the authorities that may have issued the endpoint's certificate, in the place of the usual ones. */
  readonly caFile?: string | undefined;
}

/** What a call may take: a connection, one attempt, and everything with its retries and the search for credentials. */
export interface KmsTimeouts {
  readonly connectMs: number;
  readonly attemptMs: number;
  readonly totalMs: number;
}

/** Errors of our own among the SDK's, told apart by their names as those are. */
class PlainHttpError extends Error {
  override readonly name = 'PlainHttpError';
}
class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

const maxAttempts = 3;
const maxCaBytes = 1024 * 1024;

/**
 * Calls the KMS once for `use`, within the time given, and lets go of every connection. Credentials come from where the
 * AWS SDK looks for them. Rejects with whatever the SDK throws; the SDK is loaded only here.
 */
export async function withKmsClient<T>(
  address: KmsAddress,
  { connectMs, attemptMs, totalMs }: KmsTimeouts,
  use: (client: Sdk.KMSClient, sdk: typeof Sdk, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { region, endpoint, caFile } = address;
  const ca = caFile === undefined ? undefined : readCaFile(caFile);
  const sdk = await import('@aws-sdk/client-kms');
  const client = new sdk.KMSClient({
    region,
    ...(endpoint !== undefined && { endpoint }),
    maxAttempts,
    retryMode: 'standard',
    requestHandler: {
      connectionTimeout: connectMs,
      requestTimeout: attemptMs,
      throwOnRequestTimeout: true,
      // Said here because NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment would turn it off.
      httpsAgent: { rejectUnauthorized: true, minVersion: 'TLSv1.2', ...(ca !== undefined && { ca }) },
    },
  });
  refusePlainHttp(client);
  try {
    return await withinTime(totalMs, (signal) => use(client, sdk, signal));
  } finally {
    client.destroy();
  }
}

/** Whatever named the endpoint: the seal header, or the environment and profiles, where the SDK looks as well. */
function refusePlainHttp(client: Sdk.KMSClient): void {
  client.middlewareStack.add(
    (next) => (args) => {
      const { request } = args;
      if (!isPermittedRequest(request)) throw new PlainHttpError('plain HTTP to another machine');
      return next(args);
    },
    { step: 'build', name: 'refusePlainHttp' },
  );
}

function isPermittedRequest(request: unknown): boolean {
  if (typeof request !== 'object' || request === null) return false;
  if (!('protocol' in request) || !('hostname' in request)) return false;
  const { protocol, hostname } = request;
  return (
    typeof protocol === 'string' && typeof hostname === 'string' && isPermittedTransport(protocol, hostname)
  );
}

/** The signal ends requests; the race also ends waits that heed no signal, such as the search for credentials. */
async function withinTime<T>(totalMs: number, use: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const deadline = Promise.withResolvers<never>();
  const abort = new AbortController();
  const timer = setTimeout(() => {
    abort.abort();
    deadline.reject(new TimeoutError('the KMS took too long'));
  }, totalMs);
  try {
    return await Promise.race([use(abort.signal), deadline.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function readCaFile(path: string): Buffer {
  try {
    const { size } = statSync(path);
    const text = size > maxCaBytes ? Buffer.alloc(0) : readFileSync(path);
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  } catch {
    // Said below.
  }
  throw new SealRefusal(
    `The CA file ${path} of the seal cannot be read or holds no certificate.`,
    'Put a file with certificates in PEM there.',
  );
}
