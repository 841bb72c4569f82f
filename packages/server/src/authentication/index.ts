import type { WireRequest } from '../protocol/wire-request.ts';
import { canonicalRequest } from './canonical-request.ts';
import {
  checkAccessKeyId,
  checkAlgorithm,
  checkScope,
  type CredentialScope,
  type Expectation,
} from './credential-scope.ts';
import type { Credential, CredentialSource } from './credential.ts';
import { checkDateWindow } from './date-window.ts';
import { hasRepeatedHeader, readHeaderLines, type HeaderLines } from './header-lines.ts';
import type { Principal } from './principal.ts';
import { parseQuery, type QueryParameter } from './query-parameters.ts';
import { mismatch, unrecognizedClient } from './refusals.ts';
import { readRequestDate, type RequestDate } from './request-date.ts';
import { checkSessionToken, refuseTokenBesidePresigned } from './session-token.ts';
import { readClaim, type SignatureClaim } from './signature-claim.ts';
import { checkSignature, stringToSign } from './signature.ts';
import { checkSignedHeaders } from './signed-headers.ts';
import { SigningKeys } from './signing-key.ts';

export { SigningKeys } from './signing-key.ts';
export type { Expectation } from './credential-scope.ts';
export type { Credential, CredentialSource } from './credential.ts';
export { rootPrincipal, type Principal } from './principal.ts';

/** A caller whose signature over this very request holds. */
export interface Authenticated {
  readonly principal: Principal;
  readonly accessKeyId: string;
  /** The Region of the credential scope. */
  readonly region: string;
  /** Epoch milliseconds, whole seconds: the date the signature names. */
  readonly signedAt: number;
}

export interface AuthenticatorParts {
  readonly credentials: CredentialSource;
  /** Epoch milliseconds of real time: clients sign with their own clocks, not with one a test has moved. */
  readonly wallClock: () => number;
  /** Keeps derived signing keys; whoever made it zeroises them. */
  readonly keys?: SigningKeys;
}

/** Returns a promise only when the credential source does. Throws, or rejects with, AwsError under its KMS code. */
export type Authenticate = (
  wire: WireRequest,
  expectation: Expectation,
) => Authenticated | Promise<Authenticated>;

/** Verifies AWS Signature Version 4 (IAM User Guide, "AWS Signature Version 4 for API requests"). */
export function createAuthenticator({
  credentials,
  wallClock,
  keys = new SigningKeys(),
}: AuthenticatorParts): Authenticate {
  return (wire, expectation) => {
    const request = checkRequest(wire, expectation, wallClock());
    const found = credentials.find(request.scope.accessKeyId);
    if (found instanceof Promise) return found.then((credential) => checkCaller(request, credential, keys));
    return checkCaller(request, found, keys);
  };
}

/** A request whose signature is complete, current and in scope; whether it holds is open. */
interface CheckedRequest {
  readonly wire: WireRequest;
  readonly headers: HeaderLines;
  readonly query: readonly QueryParameter[];
  readonly claim: SignatureClaim;
  readonly date: RequestDate;
  readonly signed: readonly string[];
  readonly scope: CredentialScope;
}

/**
 * What needs no credential and no hash of the body, so that it is cheap to refuse.
 * The order is the one observed on AWS's JSON services, where a stale date answers before a wrong scope.
 */
function checkRequest(wire: WireRequest, expectation: Expectation, wallClockMs: number): CheckedRequest {
  const headers = readHeaderLines(wire.rawHeaders);
  const query = parseQuery(wire.query);
  const claim = readClaim(headers, query);
  if (hasRepeatedHeader(headers)) throw mismatch();
  refuseTokenBesidePresigned(claim, headers);
  const date = readRequestDate(claim);
  checkDateWindow(claim, date, wallClockMs);
  const signed = checkSignedHeaders(claim, headers);
  checkAlgorithm(claim);
  const scope = checkScope(claim, date, expectation);
  checkAccessKeyId(scope);
  return { wire, headers, query, claim, date, signed, scope };
}

function checkCaller(
  request: CheckedRequest,
  credential: Credential | undefined,
  keys: SigningKeys,
): Authenticated {
  if (credential?.status !== 'Active') throw unrecognizedClient();
  const { claim, date, scope } = request;
  const text = stringToSign(date, scope, canonicalRequest(request));
  keys.use(credential, scope, (key) => checkSignature(claim.signature, text, key));
  checkSessionToken(claim, credential);
  return {
    principal: credential.principal,
    accessKeyId: credential.accessKeyId,
    region: scope.region,
    signedAt: date.epochMs,
  };
}
