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
 * A source ARN must be the same text: AWS documents no wildcards in a grant's. It "does not apply to RetireGrant".
 */
export function grantAllows({ operations, constraints }: Grant, request: GrantRequest): boolean {
  const { operation, sourceArn } = request;
  if (!operations.has(operation)) return false;
  if (constraints.sourceArn !== undefined && operation !== 'RetireGrant') {
    if (constraints.sourceArn !== sourceArn) return false;
  }
  if (!contextOperations.has(operation)) return true;
  const context = request.encryptionContext ?? noPairs;
  const { encryptionContextEquals: equals, encryptionContextSubset: subset } = constraints;
  if (equals !== undefined && !areSamePairs(context, equals)) return false;
  return subset === undefined || includesPairs(context, subset);
}
