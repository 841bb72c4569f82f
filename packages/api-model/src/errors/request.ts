import { AwsError } from '../errors.ts';

// What any request may be answered, whatever its operation: the "Common Errors" page of the KMS API Reference,
// the AWS JSON 1.1 protocol, and the faults of the service itself.

/** The body is not what the protocol wants. The framework sends a text for a member of the wrong type only. */
export function serialization(text?: string): AwsError {
  return new AwsError('SerializationException', text);
}

/** A constraint is broken. `text` may show values: never those of blobs or sensitive members. */
export function validation(text: string): AwsError {
  return new AwsError('ValidationException', text);
}

/** The `X-Amz-Target` header is missing or names no operation; AWS sends no message. */
export function unknownOperation(): AwsError {
  return new AwsError('UnknownOperationException');
}

/** A request quota is used up. SDKs wait and try again. */
export function throttling(): AwsError {
  return new AwsError(
    'ThrottlingException',
    'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
  );
}

/** A fault of ours; SDKs try again. What went wrong is for the log, never for the client. */
export function internal(): AwsError {
  return new AwsError(
    'KMSInternalException',
    'The request was rejected because an internal exception occurred. The request can be retried.',
    500,
  );
}

/** The service cannot answer for the moment ("Common Errors", KMS API Reference); SDKs try again. Here: it is sealed. */
export function serviceUnavailable(): AwsError {
  return new AwsError(
    'ServiceUnavailableException',
    'The request has failed due to a temporary failure of the server.',
    503,
  );
}

/** Something the service stands on did not answer in time; SDKs try again. */
export function dependencyTimeout(): AwsError {
  return new AwsError(
    'DependencyTimeoutException',
    'The system timed out while trying to fulfill the request. You can retry the request.',
    503,
  );
}

/** The KMS key cannot be reached for the moment, which is not the key state Unavailable; SDKs try again. */
export function keyUnavailable(): AwsError {
  return new AwsError(
    'KeyUnavailableException',
    'The request was rejected because the specified KMS key was not available. You can retry the request.',
    500,
  );
}

/** The `Marker` is not one that this service gave out for this list. */
export function invalidMarker(): AwsError {
  return new AwsError(
    'InvalidMarkerException',
    'The request was rejected because the marker that specifies where pagination should next begin is not valid.',
  );
}

/** `DryRun` is set and the request would have been carried out (KMS Developer Guide, "Testing your permissions"). */
export function dryRunSucceeded(): AwsError {
  return new AwsError(
    'DryRunOperationException',
    'The request would have succeeded, but the DryRun option is set.',
  );
}
