import { AwsError } from '../errors.ts';

// "Key policies in AWS KMS" of the KMS Developer Guide; PutKeyPolicy and GetKeyPolicy of the API Reference.

/** The policy is not a policy document; `text` says what is wrong with it. */
export function malformedPolicy(text: string): AwsError {
  return new AwsError('MalformedPolicyDocumentException', text);
}

/** A principal of the policy does not exist or may not be named. */
export function invalidPrincipals(): AwsError {
  return malformedPolicy('Policy contains a statement with one or more invalid principals.');
}

/** The lockout safety check: under this policy the caller could not call PutKeyPolicy. */
export function policyLocksOut(): AwsError {
  return malformedPolicy('The new key policy will not allow you to update the key policy in the future.');
}

/** `ForAllValues` with a single-valued key holds when the key is absent from the request. */
export function overlyPermissiveCondition(subject: 'EncryptionContext' | 'Tags'): AwsError {
  const what = subject === 'Tags' ? 'tags' : 'encryption context';
  return malformedPolicy(
    `OverlyPermissiveCondition:${subject}: Using the ForAllValues set operator with a single-valued condition key ` +
      `matches requests without the specified ${what} or with an unspecified ${what}. To fix, remove ForAllValues.`,
  );
}

/** The only name of a key policy is `default`. */
export function policyNotFound(): AwsError {
  return new AwsError('NotFoundException', 'No such policy exists');
}

/** The quota for key policy documents is narrower than the shape. */
export function policyTooLarge(maxBytes: number): AwsError {
  return new AwsError(
    'LimitExceededException',
    `The key policy document is larger than the quota of ${maxBytes} bytes.`,
  );
}
