import { AwsError } from '../errors.ts';
import { validation } from './request.ts';

// Encrypt, Decrypt, ReEncrypt, GenerateDataKey, GenerateDataKeyWithoutPlaintext and GenerateRandom of the KMS API
// Reference.

/**
 * The ciphertext or the encryption context is not what was encrypted. One error without a message for every cause,
 * so that it is no oracle.
 */
export function invalidCiphertext(): AwsError {
  return new AwsError('InvalidCiphertextException');
}

/** The key that the request names is not the one that encrypted the ciphertext. */
export function incorrectKey(): AwsError {
  return new AwsError(
    'IncorrectKeyException',
    'The key ID in the request does not identify a CMK that can perform this operation.',
  );
}

/** The key spec does not have the algorithm. */
export function incompatibleAlgorithm(algorithm: string, keySpec: string): AwsError {
  return new AwsError(
    'InvalidKeyUsageException',
    `Algorithm ${algorithm} is incompatible with key spec ${keySpec}.`,
  );
}

/** The plaintext is longer than the algorithm can encrypt under such a key. */
export function plaintextTooLong(algorithm: string, keySpec: string, maxBytes: number): AwsError {
  return validation(
    `Algorithm ${algorithm} and key spec ${keySpec} cannot encrypt data larger than ${maxBytes} bytes.`,
  );
}

/**
 * ReEncrypt of a ciphertext of nothing, which only the holder of an RSA public key can have made, to an algorithm that
 * cannot encrypt nothing; AWS's wording is not known.
 */
export function plaintextEmpty(algorithm: string, keySpec: string): AwsError {
  return validation(`Algorithm ${algorithm} and key spec ${keySpec} cannot encrypt empty data.`);
}

/** An encryption context with a key that has no associated data; AWS's wording is not known. */
export function contextNotSupported(keySpec: string): AwsError {
  return validation(`EncryptionContext is not supported for key spec ${keySpec}.`);
}

/** GenerateDataKey wants exactly one of KeySpec and NumberOfBytes. */
export function dataKeySizeNotChosen(): AwsError {
  return validation('Please specify either number of bytes or key spec.');
}

/** GenerateRandom: the shape makes the size optional, the service does not. */
export function numberOfBytesRequired(): AwsError {
  return validation('NumberOfBytes is required.');
}

/** A member that its shape makes optional and this request needs; `path` as in `ciphertextBlob`. */
export function memberRequired(path: string): AwsError {
  return validation(
    `1 validation error detected: Value null at '${path}' failed to satisfy constraint: Member must not be null`,
  );
}
