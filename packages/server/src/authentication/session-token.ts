import type { Credential } from './credential.ts';
import { findHeader, type HeaderLines } from './header-lines.ts';
import { mismatch, unrecognizedClient } from './refusals.ts';
import type { SignatureClaim } from './signature-claim.ts';

/** Refuses a token beside a presigned request: the one in its query is signed, one in a header need not be. */
export function refuseTokenBesidePresigned(claim: SignatureClaim, headers: HeaderLines): void {
  if (claim.form === 'query' && findHeader(headers, 'x-amz-security-token') !== undefined) throw mismatch();
}

/**
 * Temporary credentials need a session token that belongs to them, long-term ones must come without.
 * A temporary credential that cannot verify its token is refused. Throws UnrecognizedClientException.
 */
export function checkSessionToken(claim: SignatureClaim, credential: Credential): void {
  const token = claim.sessionToken;
  if (!credential.isTemporary) {
    if (token !== undefined) throw unrecognizedClient();
    return;
  }
  if (token === undefined || credential.verifyToken?.(token) !== true) throw unrecognizedClient();
}
