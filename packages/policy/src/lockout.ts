import type { CompiledPolicy } from './compile.ts';
import { noConditionValues } from './conditions/condition-values.ts';
import { evaluatePolicy } from './evaluate.ts';
import type { RequestPrincipal } from './request.ts';

/**
 * The lockout safety check of CreateKey, PutKeyPolicy and ReplicateKey: whether the caller could still call
 * PutKeyPolicy on the key under this policy.
 */
export function allowsPolicyUpdate(
  policy: CompiledPolicy,
  principal: RequestPrincipal,
  keyArn: string,
): boolean {
  const request = { principal, action: 'kms:PutKeyPolicy', resource: keyArn, conditions: noConditionValues };
  return evaluatePolicy(policy, request).effect === 'Allow';
}
