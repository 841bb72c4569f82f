import { AwsError } from '../errors.ts';
import { validation } from './request.ts';

// Sign, Verify, GenerateMac, VerifyMac, DeriveSharedSecret and GetPublicKey of the KMS API Reference.

/** Verify never answers false: a signature that is not right is an error, and AWS sends no message. */
export function invalidSignature(): AwsError {
  return new AwsError('KMSInvalidSignatureException');
}

/** VerifyMac never answers false: a MAC that is not right is an error, and AWS sends no message. */
export function invalidMac(): AwsError {
  return new AwsError('KMSInvalidMacException');
}

/** The digest, or the message representative mu, has not the length that the algorithm works on. */
export function invalidDigestLength(algorithm: string): AwsError {
  return validation(`Digest is invalid length for algorithm ${algorithm}.`);
}

/** The signing algorithm does not take messages of this type; AWS's wording is not known. */
export function messageTypeNotSupported(messageType: string, algorithm: string): AwsError {
  return validation(`MessageType ${messageType} is not supported for algorithm ${algorithm}.`);
}

/** DeriveSharedSecret with something that is no public key on the key's curve; AWS sends no message. */
export function unusablePublicKey(): AwsError {
  return new AwsError('ValidationException');
}
