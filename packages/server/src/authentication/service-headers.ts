import { AwsError, validation } from '@keyhaven/api-model';
import { findHeader, type HeaderLines } from './header-lines.ts';

/** What a service says of the request it makes; nobody else may say it. The texts of the refusals are Keyhaven's own. */
export interface ServiceClaims {
  /** The token for the user that it acts for. */
  readonly forwardedAccess: string | undefined;
  readonly sourceArn: string | undefined;
  readonly sourceAccount: string | undefined;
}

const forwardedAccessHeader = 'x-keyhaven-forwarded-access';
const sourceArnHeader = 'x-keyhaven-source-arn';
const sourceAccountHeader = 'x-keyhaven-source-account';

const noClaims: ServiceClaims = {
  forwardedAccess: undefined,
  sourceArn: undefined,
  sourceAccount: undefined,
};

/**
 * Reads what a service says of its request. Throws ValidationException for a source that is no ARN or no account, which no
 * condition could be about.
 */
export function readServiceClaims(headers: HeaderLines): ServiceClaims {
  if (!hasServiceClaims(headers)) return noClaims;
  const sourceArn = findHeader(headers, sourceArnHeader);
  const sourceAccount = findHeader(headers, sourceAccountHeader);
  if (sourceArn !== undefined && !/^arn:[!-~]{1,2044}$/.test(sourceArn))
    throw validation(`The value of ${sourceArnHeader} is not an ARN.`);
  if (sourceAccount !== undefined && !/^\d{12}$/.test(sourceAccount))
    throw validation(`The value of ${sourceAccountHeader} is not an account id.`);
  return { forwardedAccess: findHeader(headers, forwardedAccessHeader), sourceArn, sourceAccount };
}

/** Whether the request says anything that only services may say. */
export function hasServiceClaims({ names }: HeaderLines): boolean {
  return (
    names.includes(forwardedAccessHeader) ||
    names.includes(sourceArnHeader) ||
    names.includes(sourceAccountHeader)
  );
}

/** Whoever is not a service must not pass for one: conditions on the service or its source would hold for anyone. */
export function notAService(): AwsError {
  return new AwsError(
    'AccessDeniedException',
    'Only the credential of a service may send headers that say for whom it acts.',
  );
}

/** The token is not one of ours, of another service or Region, or over; which of these is nobody's business. */
export function noForwardedAccess(): AwsError {
  return new AwsError('AccessDeniedException', 'The forwarded access token is not valid.');
}
