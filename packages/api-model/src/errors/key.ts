import { AwsError } from '../errors.ts';
import { validation } from './request.ts';

// Finding a KMS key, and the states and kinds it may be in: "Key states of AWS KMS keys" and "Key identifiers" of
// the KMS Developer Guide, CreateKey, ScheduleKeyDeletion and CancelKeyDeletion of the API Reference.

function notFound(text: string): AwsError {
  return new AwsError('NotFoundException', text);
}

function invalidState(text: string): AwsError {
  return new AwsError('KMSInvalidStateException', text);
}

function unsupported(text?: string): AwsError {
  return new AwsError('UnsupportedOperationException', text);
}

/** There is no such key. `arn` is what the caller's account and Region make of a bare key id. */
export function keyNotFound(arn: string): AwsError {
  return notFound(`Key '${arn}' does not exist`);
}

/** The text is none of key id, key ARN, alias name and alias ARN. */
export function invalidKeyId(keyId: string): AwsError {
  return notFound(`Invalid keyId '${keyId}'`);
}

/** The key ARN names another Region than the request's. */
export function invalidArnRegion(region: string): AwsError {
  return notFound(`Invalid arn ${region}`);
}

/** The ARN is not well formed, or not one of a KMS key or alias. */
export function invalidArn(arn: string): AwsError {
  return new AwsError('InvalidArnException', `Invalid arn ${arn}`);
}

/** The key is Disabled. */
export function keyDisabled(arn: string): AwsError {
  return new AwsError('DisabledException', `${arn} is disabled.`);
}

/** The key is PendingDeletion or PendingReplicaDeletion. */
export function keyPendingDeletion(arn: string): AwsError {
  return invalidState(`${arn} is pending deletion.`);
}

/** CancelKeyDeletion of a key that nobody scheduled for deletion. */
export function notPendingDeletion(arn: string): AwsError {
  return invalidState(`${arn} is not pending deletion.`);
}

/** The key has Origin EXTERNAL and lacks key material. */
export function keyPendingImport(arn: string): AwsError {
  return invalidState(`${arn} is pending import.`);
}

/** The key is a new replica. */
export function keyCreating(arn: string): AwsError {
  return invalidState(`${arn} is creating.`);
}

/** The key's primary Region is changing. */
export function keyUpdating(arn: string): AwsError {
  return invalidState(`${arn} is updating.`);
}

/** The key's custom key store is not connected. */
export function keyStateUnavailable(arn: string): AwsError {
  return invalidState(`${arn} is unavailable.`);
}

/** The key usage does not permit the operation, named without its service prefix. */
export function invalidKeyUsage(arn: string, keyUsage: string, operation: string): AwsError {
  return new AwsError(
    'InvalidKeyUsageException',
    `${arn} key usage is ${keyUsage} which is not valid for ${operation}.`,
  );
}

/** The origin of the key does not permit the operation. */
export function unsupportedOrigin(arn: string, origin: string): AwsError {
  return unsupported(`${arn} origin is ${origin} which is not valid for this operation.`);
}

/** The kind of key does not permit the operation; AWS sends no message (RotateKeyOnDemand of an asymmetric key). */
export function unsupportedOperation(): AwsError {
  return unsupported();
}

/** A parameter or a value that this installation does not support; `text` says which and why. */
export function unsupportedParameter(text: string): AwsError {
  return unsupported(text);
}

/** No custom key store has this id. */
export function customKeyStoreNotFound(customKeyStoreId: string): AwsError {
  return new AwsError(
    'CustomKeyStoreNotFoundException',
    `The custom key store with ID ${customKeyStoreId} cannot be found.`,
  );
}

/** CreateKey of an asymmetric or HMAC key without its usage. */
export function keyUsageRequired(): AwsError {
  return validation(
    'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
  );
}

/** CreateKey with a usage that the key spec does not have. */
export function incompatibleKeyUsage(keyUsage: string, keySpec: string): AwsError {
  return validation(`KeyUsage ${keyUsage} is not compatible with KeySpec ${keySpec}`);
}

/** A key spec that only some Regions have (SM2: those in China); AWS's wording is not known. */
export function keySpecNotInRegion(keySpec: string, region: string): AwsError {
  return unsupported(`KeySpec ${keySpec} is not supported in ${region}.`);
}

/** CreateKey with an origin that the key spec does not have; AWS's wording is not known. */
export function originNotSupported(origin: string, keySpec: string): AwsError {
  return unsupported(`Origin ${origin} is not supported for KeySpec ${keySpec}.`);
}

/** CreateKey with both names of one parameter. */
export function keySpecGivenTwice(): AwsError {
  return validation(
    'You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.',
  );
}

/** ScheduleKeyDeletion: the service takes 7 to 30 days although the shape takes more. */
export function pendingWindowOutOfRange(): AwsError {
  return validation('PendingWindowInDays must be between 7 and 30 days, inclusive.');
}

/** The account has as many KMS keys in the Region as its quota permits. */
export function keyQuota(quota: number): AwsError {
  return new AwsError(
    'LimitExceededException',
    `Key quota for this account in this region is ${quota} but the current usage is ${quota}.`,
  );
}
