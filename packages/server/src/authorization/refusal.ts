import {
  accessDenied,
  roleNotAssumable,
  unknownCiphertextKey,
  type AwsError,
  type DenialReason,
} from '@keyhaven/api-model';
import type { Decision } from '@keyhaven/policy';
import type { Caller } from '../authentication/caller.ts';
import type { Permission } from './permission.ts';

type Refused = Exclude<Decision, { readonly effect: 'Allow' }>;

const noKeyPolicyAllows: DenialReason = { kind: 'notAllowed', policy: 'resource-based policy' };

/**
 * What the caller hears of a refusal. `letsIn`: whether the policies of the key alone let the caller in. Where they do not,
 * a key of another account sounds like one that does not exist, whatever else refused: a caller could write a policy of its
 * own that denies, and ask for keys until one is denied by that policy.
 */
export function refusalOf(
  decision: Refused,
  caller: Caller,
  permission: Permission,
  letsIn: () => boolean,
): AwsError {
  const { action } = permission;
  const reason: DenialReason = {
    kind: decision.effect === 'ExplicitDeny' ? 'explicitDeny' : 'notAllowed',
    policy: decision.kind,
  };
  const callerArn = caller.principal.arn;
  if (permission.kind === 'role') return roleNotAssumable(callerArn, action, permission.resourceArn);
  if (permission.kind === 'account')
    return accessDenied({ callerArn, action, resourceArn: permission.resourceArn, reason });
  const { key, concealed, named } = permission;
  if (concealed === true) return unknownCiphertextKey();
  if (key.row.account_id === caller.accountId)
    return accessDenied({ callerArn, action, resourceArn: key.arn, reason });
  if (letsIn()) return accessDenied({ callerArn, action, resourceArn: named ?? key.arn, reason });
  return foreignKeyDenied(caller, action, named ?? key.arn);
}

/** What a caller hears of a key in another account that does not let it in, whether or not there is such a key. */
export function foreignKeyDenied(caller: Caller, action: string, resourceArn: string): AwsError {
  return accessDenied({ callerArn: caller.principal.arn, action, resourceArn, reason: noKeyPolicyAllows });
}
