import { AwsError } from '../errors.ts';
import { validation } from './request.ts';

// "Grants in AWS KMS" of the KMS Developer Guide; CreateGrant, ListGrants, ListRetirableGrants, RetireGrant and RevokeGrant of
// the API Reference. Where AWS's wording is not known, it is said.

/** The id is not of the form of a grant's ("InvalidGrantIdException", KMS API Reference). */
export function invalidGrantId(): AwsError {
  return new AwsError(
    'InvalidGrantIdException',
    'The request was rejected because the specified GrantId is not valid.',
  );
}

/** The key has no such grant. Which of NotFoundException and InvalidGrantIdException AWS sends, and its wording, is not known. */
export function grantNotFound(grantId: string): AwsError {
  return new AwsError('NotFoundException', `Grant ID ${grantId} not found`);
}

/** Nobody, or none that may be one, is named as the grantee or the retiring principal. */
export function invalidPrincipalArn(value: string): AwsError {
  return new AwsError('InvalidArnException', `ARN does not refer to a valid principal: ${value}`);
}

/** The key has as many grants as it may have; AWS's wording is not known, this is that of the quota of aliases. */
export function grantQuota(quota: number): AwsError {
  return new AwsError(
    'LimitExceededException',
    `Grants per key quota for this account in this region is ${quota}, current usage is ${quota}.`,
  );
}

/** Two members of which exactly one must be given; AWS's wording is not known. */
export function exactlyOneOf(one: string, other: string): AwsError {
  return validation(`You must specify either ${one} or ${other}, but not both.`);
}

/** Two members of which at most one may be given; AWS's wording is not known. */
export function notBoth(one: string, other: string): AwsError {
  return validation(`You can specify either ${one} or ${other}, but not both.`);
}

/** CreateGrant for a service without what such a grant needs; AWS's wording is not known. */
export function serviceGranteeNeeds(what: string): AwsError {
  return validation(`When you specify a GranteeServicePrincipal, you must also specify ${what}.`);
}

/** A filter that only services may use; AWS's wording is not known. */
export function onlyForServices(member: string): AwsError {
  return validation(`${member} is only usable by callers in a service principal.`);
}

/** CreateGrant that allows nothing; AWS's wording is not known. */
export function noGrantOperations(): AwsError {
  return validation('A grant must allow at least one operation.');
}

/** CreateGrant with an operation that this key does not have; AWS's wording is not known. */
export function unsupportedGrantOperation(operation: string, keyUsage: string, keySpec: string): AwsError {
  return validation(
    `Grant operation ${operation} is not supported for a KMS key with KeyUsage ${keyUsage} and KeySpec ${keySpec}.`,
  );
}

/** A constraint on the encryption context where no operation with the key takes one; AWS's wording is not known. */
export function contextConstraintNotSupported(): AwsError {
  return validation(
    'Encryption context grant constraints are supported only for symmetric encryption KMS keys.',
  );
}

/** A constraint names more pairs than it may; AWS's wording is not known. */
export function tooManyConstraintPairs(most: number): AwsError {
  return validation(`Each grant constraint can include up to ${most} encryption context pairs.`);
}

/** A constraint has a key or a value that is too long; AWS's wording is not known. */
export function constraintPairTooLong(most: number): AwsError {
  return validation(`The encryption context in a grant constraint cannot exceed ${most} characters.`);
}

/** RetireGrant names no grant, or names one twice; AWS's wording is not known. */
export function grantToRetireUnclear(): AwsError {
  return validation('You must specify either a grant token, or a key ID and a grant ID.');
}
