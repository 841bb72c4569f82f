import { AwsError } from '../errors.ts';

// "Rotate AWS KMS keys" of the KMS Developer Guide; RotateKeyOnDemand of the API Reference.

/** Every key has a number of on-demand rotations and no more. */
export function onDemandRotationLimit(arn: string): AwsError {
  return new AwsError(
    'LimitExceededException',
    'The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed ' +
      `for this key: ${arn}`,
  );
}

/** RotateKeyOnDemand of a key with Origin EXTERNAL for which no new key material was imported. */
export function noMaterialPendingRotation(arn: string): AwsError {
  return new AwsError(
    'KMSInvalidStateException',
    `No available key material pending rotation for the key: ${arn}.`,
  );
}

/** An automatic rotation is running, or due within twenty minutes. */
export function rotationInProgress(arn: string): AwsError {
  return new AwsError(
    'ConflictException',
    `A rotation is in progress or about to start for the key: ${arn}.`,
  );
}
