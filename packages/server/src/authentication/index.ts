import type { AwsError } from '@keyhaven/api-model';
import { sha256Hex } from '@keyhaven/crypto';
import { andThen, type Maybe } from '../maybe.ts';
import type { WireRequest } from '../protocol/wire-request.ts';
import type { ServiceFacts, SessionFacts } from './caller.ts';
import type { Expectation } from './credential-scope.ts';
import type { Credential } from './credential.ts';
import { readHeaderLines, type HeaderLines } from './header-lines.ts';
import type { Principal } from './principal.ts';
import { mismatch } from './refusals.ts';
import { hasServiceClaims } from './service-headers.ts';
import { authenticateService, type ForwardedAccessSource, refuseServiceClaims } from './service-request.ts';
import { checkClaimed, checkSigner, type AuthenticatorParts } from './signed-request.ts';
import { SigningKeys } from './signing-key.ts';

export { SigningKeys } from './signing-key.ts';
export type { Expectation } from './credential-scope.ts';
export type { Credential, CredentialSource } from './credential.ts';
export {
  createForwardedVerifier,
  type ForwardedRequest,
  type ForwardingUser,
  type VerifyForwarded,
} from './forwarded-request.ts';
export { rootPrincipal, type Principal } from './principal.ts';
export { shortServiceName, type ForwardedAccessSource } from './service-request.ts';
export type { AuthenticatorParts } from './signed-request.ts';

/** A caller whose signature over this very request holds. */
export interface Authenticated {
  readonly principal: Principal;
  readonly accessKeyId: string;
  /** The Region of the credential scope. */
  readonly region: string;
  /** Epoch milliseconds, whole seconds: the date the signature names. */
  readonly signedAt: number;
  readonly session: SessionFacts | undefined;
  readonly service: ServiceFacts | undefined;
  /** Who signed is known, and what they say of themselves beside it is refused. */
  readonly refusal: AwsError | undefined;
}

/** Returns a promise only when the credential source does. Throws, or rejects with, AwsError under its KMS code. */
export type Authenticate = (wire: WireRequest, expectation: Expectation) => Maybe<Authenticated>;

/**
 * Verifies AWS Signature Version 4 (IAM User Guide, "AWS Signature Version 4 for API requests"). Without `forwardedAccess` no
 * service acts for a user.
 */
export function createAuthenticator(
  parts: AuthenticatorParts & { readonly forwardedAccess?: ForwardedAccessSource },
): Authenticate {
  const { credentials, wallClock, keys = new SigningKeys(), forwardedAccess } = parts;
  return (wire, expectation) => {
    const headers = readHeaderLines(wire.rawHeaders);
    const { method, query } = wire;
    const request = checkClaimed({ method, canonicalPath: '/', query, headers }, expectation, wallClock());
    const { scope, claim, date } = request;
    return andThen(credentials.find(scope.accessKeyId, claim.sessionToken), (found) => {
      // The services have one path; the rules for others (dot segments, double encoding) would only add ways to differ.
      if (found?.status === 'Active' && wire.path !== '/') throw mismatch();
      const credential = checkSigner(request, sha256Hex(wire.body), found, keys);
      const authenticated = callerOf(credential, scope.region, date.epochMs);
      return checkServiceClaims(authenticated, headers, forwardedAccess);
    });
  };
}

function callerOf(credential: Credential, region: string, signedAt: number): Authenticated {
  const { principal, accessKeyId, session } = credential;
  return { principal, accessKeyId, region, signedAt, session, service: undefined, refusal: undefined };
}

/** What only a service may say is read from a service alone. */
function checkServiceClaims(
  authenticated: Authenticated,
  headers: HeaderLines,
  forwardedAccess: ForwardedAccessSource | undefined,
): Maybe<Authenticated> {
  if (authenticated.principal.kind === 'service')
    return authenticateService(authenticated, authenticated.principal, headers, forwardedAccess);
  return hasServiceClaims(headers) ? refuseServiceClaims(authenticated) : authenticated;
}
