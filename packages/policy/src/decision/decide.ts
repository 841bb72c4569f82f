import type { Grant } from '../grants/grant.ts';
import type { RequestPrincipal } from '../request.ts';
import { decideAccountAccess } from './account-access.ts';
import type { AuthorizationRequest, Decision } from './decision.ts';
import { findGrantedAccess } from './granted-access.ts';
import { hearAll, orderOfKinds, type Heard } from './heard.ts';
import { decideKeyAccess } from './key-access.ts';
import type { CallerPolicies, ResourcePolicies } from './policies.ts';

/**
 * Whether a caller may do what it asks ("Policy evaluation logic", IAM User Guide; "Key policies in AWS KMS" and "Grants in AWS
 * KMS", KMS Developer Guide). `grants` are those effective for this caller and key of which `grantAllows` has said yes.
 *
 * A Deny of any policy decides first. Then control policies, where there are any, must allow. Then the key policy lets the
 * caller in, itself or by delegating to its account; or the caller's own policies do, for what has no key policy; or else a
 * grant does. Never throws.
 */
export function decide(
  request: AuthorizationRequest,
  caller: CallerPolicies,
  resource: ResourcePolicies,
  grants: readonly Grant[],
): Decision {
  const heard = hearAll(request, caller, resource);
  return decideHeard(heard, request.principal, resource, grants);
}

/** The decision on what the policies have said: the rules alone, which whoever asks policies in another way shares. */
export function decideHeard(
  heard: Heard,
  principal: RequestPrincipal,
  resource: ResourcePolicies,
  grants: readonly Grant[],
): Decision {
  const refusal = findExplicitDeny(heard) ?? findControlRefusal(heard);
  if (refusal !== undefined) return refusal;
  if (resource.keyPolicy === undefined) return decideAccountAccess(heard, principal, resource.accountId);
  const decision = decideKeyAccess(heard, principal, resource.accountId);
  if (decision.effect !== 'ImplicitDeny') return decision;
  return findGrantedAccess(heard, principal, grants) ?? decision;
}

function findExplicitDeny(heard: Heard): Decision | undefined {
  for (const kind of orderOfKinds) {
    const verdict = heard[kind];
    if (verdict.effect === 'ExplicitDeny') return { effect: 'ExplicitDeny', kind, decider: verdict.decider };
  }
  return undefined;
}

/** Control policies limit all else, grants too: "an account has only those permissions permitted by every parent above it". */
function findControlRefusal(heard: Heard): Decision | undefined {
  for (const kind of ['service control policy', 'resource control policy'] as const) {
    if (heard[kind].effect === 'ImplicitDeny') return { effect: 'ImplicitDeny', kind, mayBeGranted: false };
  }
  return undefined;
}
