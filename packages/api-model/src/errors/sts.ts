import { AwsError } from '../errors.ts';

// AssumeRole, AWS Security Token Service API Reference; texts as AWS sends them unless marked.

/** The role does not trust the caller, or nothing lets the caller assume it, or there is no such role: one text for all. */
export function roleNotAssumable(callerArn: string, action: string, roleArn: string): AwsError {
  return new AwsError(
    'AccessDeniedException',
    `User: ${callerArn} is not authorized to perform: ${action} on resource: ${roleArn}`,
  );
}

/** The root user of an account has no role to play. */
export function rootAssumesNoRoles(): AwsError {
  return new AwsError('AccessDeniedException', 'Roles may not be assumed by root accounts.');
}

/** The request names an MFA device, and there is none. */
export function noSuchMfaDevice(): AwsError {
  return new AwsError(
    'AccessDeniedException',
    'MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.',
  );
}

/** One of the two that belong together is missing. */
export function incompleteMfa(): AwsError {
  return new AwsError(
    'AccessDeniedException',
    'MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.',
  );
}

export function sessionExceedsRoleMaximum(): AwsError {
  return new AwsError(
    'ValidationException',
    'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
  );
}

export function sessionExceedsChainMaximum(): AwsError {
  return new AwsError(
    'ValidationException',
    'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
  );
}

/** A session's policies and tags do not fit its token. */
export function packedPolicyTooLarge(percent: number): AwsError {
  const share = Number.isFinite(percent) ? ` ${percent}%` : ' more than 100%';
  return new AwsError(
    'PackedPolicyTooLarge',
    `Packed policy consumes${share} of allotted space, please use smaller policy.`,
  );
}
