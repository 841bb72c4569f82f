import { andThen, type Maybe } from '../maybe.ts';
import { canonicalPath } from './canonical-path.ts';
import type { Credential } from './credential.ts';
import { findHeader, readHeaderLines } from './header-lines.ts';
import { statedHashHeader } from './canonical-request.ts';
import { mismatch } from './refusals.ts';
import { checkClaimed, checkSigner, type AuthenticatorParts } from './signed-request.ts';
import { SigningKeys } from './signing-key.ts';

/** A request that a user sent to another service, as that service got it. One character a byte, as on the wire. */
export interface ForwardedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The payload hash that the signature covers: 64 hex characters, or what Amazon S3 has in its place. */
  readonly payloadHash: string;
}

/** Who signed it. */
export interface ForwardingUser {
  readonly credential: Credential;
  readonly sessionToken: string | undefined;
  readonly region: string;
}

/** Throws, or rejects with, AwsError unless the signature over exactly this request holds, for this service. */
export type VerifyForwarded = (request: ForwardedRequest, service: string) => Maybe<ForwardingUser>;

const hexHash = /^[0-9a-f]{64}$/;

/** Verifies Signature Version 4 of requests that were made to other services. */
export function createForwardedVerifier({
  credentials,
  wallClock,
  keys = new SigningKeys(),
}: AuthenticatorParts): VerifyForwarded {
  return (request, service) => {
    const headers = readHeaderLines(request.headers.flat());
    const { method, query, payloadHash } = request;
    const path = canonicalPath(request.path, service);
    const signed = checkClaimed({ method, canonicalPath: path, query, headers }, { service }, wallClock());
    const { claim, scope } = signed;
    // Other than a hash only where the user has said so, or has presigned, which says so (Amazon S3 API Reference).
    const stated = findHeader(headers, statedHashHeader);
    if (!hexHash.test(payloadHash) && (service !== 's3' || (stated === undefined && claim.form !== 'query')))
      throw mismatch();
    return andThen(credentials.find(scope.accessKeyId, claim.sessionToken), (found) => {
      const credential = checkSigner(signed, payloadHash, found, keys);
      return { credential, sessionToken: claim.sessionToken, region: scope.region };
    });
  };
}
