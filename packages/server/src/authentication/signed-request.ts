import { canonicalRequest, type SignedParts } from './canonical-request.ts';
import {
  checkAccessKeyId,
  checkAlgorithm,
  checkScope,
  type CredentialScope,
  type Expectation,
} from './credential-scope.ts';
import type { Credential, CredentialSource } from './credential.ts';
import { checkDateWindow } from './date-window.ts';
import { hasRepeatedHeader, type HeaderLines } from './header-lines.ts';
import { parseQuery } from './query-parameters.ts';
import { mismatch, unrecognizedClient } from './refusals.ts';
import { readRequestDate, type RequestDate } from './request-date.ts';
import { checkSessionToken, refuseTokenBesidePresigned } from './session-token.ts';
import { readClaim } from './signature-claim.ts';
import { checkSignature, stringToSign } from './signature.ts';
import { checkSignedHeaders } from './signed-headers.ts';
import type { SigningKeys } from './signing-key.ts';

export interface AuthenticatorParts {
  readonly credentials: CredentialSource;
  /** Epoch milliseconds of real time: clients sign with their own clocks, not with one a test has moved. */
  readonly wallClock: () => number;
  /** Keeps derived signing keys; whoever made it zeroises them. */
  readonly keys?: SigningKeys;
}

/** What of a request its signature covers beside the payload. */
export interface ReceivedHead {
  readonly method: string;
  readonly canonicalPath: string;
  /** Undecoded. */
  readonly query: string;
  readonly headers: HeaderLines;
}

/** A request whose signature is complete, current and in scope; whether it holds is open. */
export interface ClaimedRequest extends SignedParts {
  readonly date: RequestDate;
  readonly scope: CredentialScope;
}

/**
 * What needs no credential and no hash of the body, so that it is cheap to refuse.
 * The order is the one observed on AWS's JSON services, where a stale date answers before a wrong scope.
 */
export function checkClaimed(
  { method, canonicalPath, query: undecoded, headers }: ReceivedHead,
  expectation: Expectation,
  wallClockMs: number,
): ClaimedRequest {
  const query = parseQuery(undecoded);
  const claim = readClaim(headers, query);
  if (hasRepeatedHeader(headers)) throw mismatch();
  refuseTokenBesidePresigned(claim, headers);
  const date = readRequestDate(claim);
  checkDateWindow(claim, date, wallClockMs);
  const signed = checkSignedHeaders(claim, headers);
  checkAlgorithm(claim);
  const scope = checkScope(claim, date, expectation);
  checkAccessKeyId(scope);
  return { method, canonicalPath, headers, query, claim, date, signed, scope };
}

/** The credential that was found for the request, once the request's signature and session token hold under it. */
export function checkSigner(
  request: ClaimedRequest,
  payloadHash: string,
  credential: Credential | undefined,
  keys: SigningKeys,
): Credential {
  if (credential?.status !== 'Active') throw unrecognizedClient();
  const { claim, date, scope } = request;
  const text = stringToSign(date, scope, canonicalRequest(request, payloadHash));
  keys.use(credential, scope, (key) => checkSignature(claim.signature, text, key));
  checkSessionToken(claim, credential);
  return credential;
}
