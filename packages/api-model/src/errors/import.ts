import { AwsError } from '../errors.ts';
import { validation } from './request.ts';

// GetParametersForImport, ImportKeyMaterial and DeleteImportedKeyMaterial of the KMS API Reference. AWS's wordings are
// known where a docstring does not say otherwise.

/** The import token is older than 24 hours; AWS's wording is not known. */
export function expiredImportToken(): AwsError {
  return new AwsError(
    'ExpiredImportTokenException',
    'The request was rejected because the specified import token is expired. Use GetParametersForImport to get a new ' +
      'import token and public key.',
  );
}

/** The import token is damaged, is not one of this service, or was made for another key; AWS's wording is not known. */
export function invalidImportToken(): AwsError {
  return new AwsError(
    'InvalidImportTokenException',
    'The request was rejected because the provided import token is invalid or is associated with a different KMS key.',
  );
}

/**
 * What was unwrapped is no key material of the key's spec, is not the one that was expected, or is one that the key has
 * already; AWS's wording is not known. It does not say which, so that it tells nothing about the key material.
 */
export function incorrectKeyMaterial(): AwsError {
  return new AwsError(
    'IncorrectKeyMaterialException',
    'The request was rejected because the key material in the request is not the expected key material for this KMS key.',
  );
}

/** ImportKeyMaterial with key material that expires, without the time. */
export function validToRequired(): AwsError {
  return validation('A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES');
}

/** ImportKeyMaterial with a time for key material that does not expire; AWS's wording is not known. */
export function validToNotAllowed(): AwsError {
  return validation('A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE');
}

/** `ValidTo` is in the past; AWS's wording is not known. */
export function validToInPast(): AwsError {
  return validation('The validTo date must be in the future.');
}

/** `ValidTo` is later than 365 days from the request; AWS's wording is not known. */
export function validToTooLate(): AwsError {
  return validation('The validTo date must be no later than 365 days from the request date.');
}

/** A member for symmetric encryption keys only; AWS's wording is not known. */
export function onlyForSymmetricKeys(member: string, keySpec: string): AwsError {
  return validation(`${member} is not supported for key spec ${keySpec}.`);
}

/** ImportKeyMaterial of new key material with an id, which only the service gives; AWS's wording is not known. */
export function materialIdOfNewMaterial(): AwsError {
  return validation('A KeyMaterialId cannot be specified if the ImportType is NEW_KEY_MATERIAL.');
}

/** ImportKeyMaterial of new key material while other waits for RotateKeyOnDemand. */
export function otherMaterialPending(arn: string, newId: string, pendingId: string): AwsError {
  return new AwsError(
    'KMSInvalidStateException',
    `New key material (id: ${newId}) cannot be imported into KMS key ${arn}, because another key material ` +
      `(id: ${pendingId}) is pending rotation.`,
  );
}

/** The wrapping algorithm, with this wrapping key, does not fit the key's spec or Region; AWS's wording is not known. */
export function wrappingNotSupported(algorithm: string, wrappingKeySpec: string, keySpec: string): AwsError {
  return new AwsError(
    'UnsupportedOperationException',
    `WrappingAlgorithm ${algorithm} with WrappingKeySpec ${wrappingKeySpec} is not supported for key spec ${keySpec}.`,
  );
}

/** DeleteImportedKeyMaterial of an id that the key does not have; AWS's wording is not known. */
export function keyMaterialNotFound(arn: string, keyMaterialId: string): AwsError {
  return new AwsError(
    'NotFoundException',
    `Key material '${keyMaterialId}' of the key ${arn} does not exist`,
  );
}
