import { AwsError } from '@keyhaven/api-model';
import { sha256 } from '@keyhaven/crypto';

/** The request carries no signature of Signature Version 4. */
export function missingToken(): AwsError {
  return new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token');
}

/** The signature's parameters are absent or unreadable. */
export function incompleteSignature(text: string): AwsError {
  return new AwsError('IncompleteSignatureException', text);
}

/** The signature is readable and does not hold. */
export function invalidSignature(text: string): AwsError {
  return new AwsError('InvalidSignatureException', text);
}

/**
 * The signature is not that of the request received. Also the answer to whatever makes the signed message ambiguous:
 * it tells nothing about which part differs.
 */
export function mismatch(): AwsError {
  return invalidSignature(
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access ' +
      'Key and signing method. Consult the service documentation for details.',
  );
}

/** The access key or the session token is unknown, inactive, or belongs to another credential. */
export function unrecognizedClient(): AwsError {
  return new AwsError(
    'UnrecognizedClientException',
    'The security token included in the request is invalid.',
  );
}

/** A value of the client's in a text: the part of it that is short and printable. */
export function shown(value: string): string {
  return value.slice(0, 64).replace(/[^ -~]/g, '?');
}

/** Names an Authorization header in a text without showing it: clients do put secrets there by mistake. */
export function hashedAuthorization(header: string): string {
  return sha256(Buffer.from(header, 'latin1')).toString('base64');
}
