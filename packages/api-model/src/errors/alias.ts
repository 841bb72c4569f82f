import { AwsError } from '../errors.ts';
import { validation } from './request.ts';

// "Aliases in AWS KMS" of the KMS Developer Guide; CreateAlias, UpdateAlias and DeleteAlias of the API Reference.

/** There is no such alias. */
export function aliasNotFound(aliasArn: string): AwsError {
  return new AwsError('NotFoundException', `Alias ${aliasArn} is not found.`);
}

/** An alias where the operation takes a key id or key ARN only. */
export function aliasesNotSupported(): AwsError {
  return new AwsError('InvalidArnException', 'Key Aliases are not supported for this operation.');
}

/** The account has an alias of this name in the Region. */
export function aliasExists(aliasArn: string): AwsError {
  return new AwsError('AlreadyExistsException', `An alias with the name ${aliasArn} already exists`);
}

/** The key has as many aliases as it may have. */
export function aliasQuota(quota: number): AwsError {
  return new AwsError(
    'LimitExceededException',
    `Aliases per key quota for this account in this region is ${quota}, current usage is ${quota}.`,
  );
}

/** An alias name that does not begin with `alias/`. */
export function aliasPrefixMissing(): AwsError {
  return validation(
    'Alias must start with the prefix "alias/". Please see ' +
      'https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
  );
}

/** A character that the pattern lets through and the service does not: the colon. */
export function aliasCharacters(aliasName: string): AwsError {
  return validation(`${aliasName} contains invalid characters for an alias`);
}

/** An alias name that is `alias/` and nothing more. */
export function aliasNameEmpty(): AwsError {
  return validation('Invalid identifier');
}

/** `alias/aws/` belongs to AWS managed keys; AWS sends no message. */
export function aliasReserved(): AwsError {
  return new AwsError('NotAuthorizedException');
}

/** The target of an alias is an alias. */
export function aliasTargetIsAlias(): AwsError {
  return validation('Aliases must refer to keys. Not aliases');
}

/** UpdateAlias: the old and the new key must be of the same type and have the same usage. */
export function aliasTargetsDiffer(): AwsError {
  return validation(
    'The current and new KMS key must be the same type (both symmetric or both asymmetric or both HMAC), and they ' +
      'must have the same key usage.',
  );
}
