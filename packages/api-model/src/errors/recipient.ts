import type { AwsError } from '../errors.ts';
import { validation } from './request.ts';

// The parameter Recipient of Decrypt, DeriveSharedSecret, GenerateDataKey, GenerateDataKeyPair and GenerateRandom. AWS
// documents none of its refusals: that they are a ValidationException, and these texts, are the choice of this project.

/** The document is no COSE_Sign1 with ES384, or says something else than an attestation document says. */
export function attestationDocumentMalformed(): AwsError {
  return validation('The attestation document is malformed.');
}

/** Its certificates do not lead to a root that the service trusts, or break a rule on the way. */
export function attestationDocumentUntrusted(): AwsError {
  return validation('The attestation document does not lead to a trusted root.');
}

/** A certificate of its chain has expired or is not valid yet. */
export function attestationDocumentExpired(): AwsError {
  return validation('A certificate of the attestation document is not valid at this time.');
}

/** The signature is not that of its certificate's key. */
export function attestationDocumentSignatureInvalid(): AwsError {
  return validation('The signature of the attestation document is not valid.');
}

/** There is no key in it that a reply could be encrypted to. */
export function attestationDocumentWithoutPublicKey(): AwsError {
  return validation('The attestation document has no public key.');
}

/** The key in it is none that RSAES_OAEP_SHA_256 can be used with. */
export function attestationDocumentPublicKeyUnsuitable(): AwsError {
  return validation(
    'The public key of the attestation document is not an RSA key of at least 2048 bits in DER (SubjectPublicKeyInfo).',
  );
}
