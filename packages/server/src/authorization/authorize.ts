import { accessDenied, unknownCiphertextKey, type AwsError, type DenialReason } from '@keyhaven/api-model';
import { evaluatePolicy, noConditionValues, type PolicyDecision } from '@keyhaven/policy';
import type { Caller } from '../authentication/caller.ts';
import type { Permission } from './permission.ts';

const noKeyPolicyAllows: DenialReason = { kind: 'notAllowed', policy: 'resource-based policy' };
const keyPolicyDenies: DenialReason = { kind: 'explicitDeny', policy: 'resource-based policy' };
const noIdentityPolicyAllows: DenialReason = { kind: 'notAllowed', policy: 'identity-based policy' };

/**
 * Throws AccessDeniedException unless the caller has the permission; answers what decided, for the audit record.
 * An account's root may do what only IAM governs in its own account, and on a KMS key what the key policy allows.
 * What belongs to another account is denied ("Determining access to AWS KMS keys", KMS Developer Guide).
 */
export function assertPermitted(caller: Caller, permission: Permission): string | undefined {
  if (permission.kind === 'account') {
    if (permission.accountId === caller.accountId) return undefined;
    throw denial(caller, permission.action, permission.resourceArn, noIdentityPolicyAllows);
  }
  const { action, key, concealed, conditions = noConditionValues } = permission;
  let reason = noKeyPolicyAllows;
  if (key.row.account_id === caller.accountId) {
    const decision = evaluatePolicy(key.policy, {
      principal: caller.principal,
      action,
      resource: key.arn,
      conditions,
    });
    if (decision.effect === 'Allow') return describeStatement(decision);
    if (decision.effect === 'ExplicitDeny') reason = keyPolicyDenies;
  }
  throw concealed === true ? unknownCiphertextKey() : denial(caller, action, key.arn, reason);
}

function describeStatement({ statement }: PolicyDecision): string | undefined {
  return statement?.sid ?? (statement === undefined ? undefined : `Statement[${statement.index}]`);
}

/** What a caller hears of a key in another account, whether or not there is such a key. */
export function foreignKeyDenied(caller: Caller, action: string, keyArn: string): AwsError {
  return denial(caller, action, keyArn, noKeyPolicyAllows);
}

function denial(
  caller: Caller,
  action: string,
  resourceArn: string | undefined,
  reason: DenialReason,
): AwsError {
  return accessDenied({ callerArn: caller.principal.arn, action, resourceArn, reason });
}
