import { AwsError } from '../errors.ts';

// "Troubleshoot access denied error messages" of the IAM User Guide; texts as KMS sends them.

/** The kinds of policy that can refuse a request, in the words of the messages. */
export type DecidingPolicy =
  | 'identity-based policy'
  | 'resource-based policy'
  | 'permissions boundary'
  | 'session policy'
  | 'service control policy'
  | 'resource control policy'
  | 'VPC endpoint policy';

/** Why a request is refused: no such policy allows it, or one denies it. */
export interface DenialReason {
  readonly kind: 'notAllowed' | 'explicitDeny';
  readonly policy: DecidingPolicy;
}

export interface Denial {
  readonly callerArn: string;
  /** With its service prefix, such as `kms:Encrypt`. */
  readonly action: string;
  /** `*` for actions without a resource; undefined leaves the part out, as for the tags of CreateKey. */
  readonly resourceArn: string | undefined;
  readonly reason: DenialReason;
}

/** The caller may not do this. */
export function accessDenied({ callerArn, action, resourceArn, reason }: Denial): AwsError {
  const resource = resourceArn === undefined ? '' : ` on resource: ${resourceArn}`;
  return new AwsError(
    'AccessDeniedException',
    `User: ${callerArn} is not authorized to perform: ${action}${resource} ${describeReason(action, reason)}`,
  );
}

function describeReason(action: string, { kind, policy }: DenialReason): string {
  if (kind === 'notAllowed') return `because no ${policy} allows the ${action} action`;
  return `with an explicit deny in ${policy === 'identity-based policy' ? 'an' : 'a'} ${policy}`;
}

/** Decrypt or ReEncrypt without a key id: the key of the ciphertext is unknown or not permitted, one text for both. */
export function unknownCiphertextKey(): AwsError {
  return new AwsError(
    'AccessDeniedException',
    'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are ' +
      'not allowed to access.',
  );
}

/** A grant token that this service did not give out, or whose grant is gone (CreateGrant, "Grant token"). */
export function invalidGrantToken(): AwsError {
  return new AwsError(
    'InvalidGrantTokenException',
    'The request was rejected because the specified grant token is not valid.',
  );
}
