import { AwsError } from '@keyhaven/api-model';
import type { ServicePrincipal } from '@keyhaven/policy';
import { andThen, type Maybe } from '../maybe.ts';
import type { Credential } from './credential.ts';
import type { HeaderLines } from './header-lines.ts';
import type { Authenticated } from './index.ts';
import { noForwardedAccess, notAService, readServiceClaims, type ServiceClaims } from './service-headers.ts';

/** Where the users are found that services act for. */
export interface ForwardedAccessSource {
  /** The user's own credential as it is now; undefined for a token that is not this service's, in this Region, at this time. */
  open(token: string, serviceName: string, region: string): Maybe<Credential | undefined>;
}

/** `s3` of `s3.amazonaws.com`: how the service is called in credential scopes and in `kms:ViaService`. */
export function shortServiceName(serviceName: string): string {
  return serviceName.split('.', 1)[0] ?? serviceName;
}

/** The caller as it is known, whose request is refused for what it says of itself. */
export function refuseServiceClaims(authenticated: Authenticated): Authenticated {
  return { ...authenticated, refusal: notAService() };
}

/**
 * The caller of a request that a service signed: the service itself, or the user for whom it shows a token. Whatever it says
 * wrongly of itself is refused once it is known that it was the service that said it.
 */
export function authenticateService(
  authenticated: Authenticated,
  { serviceName }: ServicePrincipal,
  headers: HeaderLines,
  forwardedAccess: ForwardedAccessSource | undefined,
): Maybe<Authenticated> {
  const claims = readClaims(headers);
  if (claims instanceof AwsError) return { ...authenticated, refusal: claims };
  const { forwardedAccess: token, sourceArn, sourceAccount } = claims;
  const service = { serviceName, viaService: undefined, sourceArn, sourceAccount };
  const itself = { ...authenticated, service };
  if (token === undefined) return itself;
  const refused = { ...itself, refusal: noForwardedAccess() };
  const { region } = authenticated;
  return andThen(forwardedAccess?.open(token, serviceName, region), (user) => {
    if (user === undefined) return refused;
    const viaService = `${shortServiceName(serviceName)}.${region}.amazonaws.com`;
    const { principal, accessKeyId, session } = user;
    return { ...itself, principal, accessKeyId, session, service: { ...service, viaService } };
  });
}

function readClaims(headers: HeaderLines): ServiceClaims | AwsError {
  try {
    return readServiceClaims(headers);
  } catch (error) {
    if (error instanceof AwsError) return error;
    throw error;
  }
}
