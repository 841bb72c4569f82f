import { areSamePairs, includesPairs, type ContextPairs } from './context-pairs.ts';
import type { Grant, GrantRequest } from './grant.ts';

/**
 * The operations that an encryption context bears on. The constraints on it apply to no other, such as DescribeKey, RetireGrant
 * or those with asymmetric keys only (GrantConstraints, KMS API Reference).
 */
const contextOperations: ReadonlySet<string> = new Set([
  'CreateGrant',
  'Decrypt',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'GenerateDataKeyWithoutPlaintext',
  'ReEncryptFrom',
  'ReEncryptTo',
]);

const noPairs: ContextPairs = new Map();

/**
 * Whether a grant covers a request: its operations list the operation, and its constraints hold. Whom the grant names and
 * whether it is effective, the caller has asked. On CreateGrant, ask `mayPassOn` about the new grant as well.
 *
 * A source ARN must be the same text: AWS documents no wildcards in a grant's.
 */
export function grantAllows({ operations, constraints }: Grant, request: GrantRequest): boolean {
  const { operation } = request;
  if (!operations.has(operation)) return false;
  const { encryptionContextEquals: equals, encryptionContextSubset: subset, sourceArn } = constraints;
  if (sourceArn !== undefined && sourceArnApplies(operation) && sourceArn !== request.sourceArn) return false;
  if (!contextApplies(operation)) return true;
  const context = request.encryptionContext ?? noPairs;
  if (equals !== undefined && !areSamePairs(context, equals)) return false;
  return subset === undefined || includesPairs(context, subset);
}

/** Whether a grant's constraints on the encryption context bear on the operation. */
export function contextApplies(operation: string): boolean {
  return contextOperations.has(operation);
}

/** Whether a grant's source ARN bears on the operation: "it does not apply to RetireGrant operation". */
export function sourceArnApplies(operation: string): boolean {
  return operation !== 'RetireGrant';
}
