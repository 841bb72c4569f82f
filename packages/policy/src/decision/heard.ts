import type { PolicyRequest } from '../request.ts';
import type { AuthorizationRequest, PolicyKind } from './decision.ts';
import type { CallerPolicies, ResourcePolicies } from './policies.ts';
import { hearPolicies, hearPolicy, notApplicable, type Verdict } from './verdict.ts';

/** What every kind of policy says to one request. */
export type Heard = Readonly<Record<PolicyKind, Verdict>>;

/**
 * The order in which kinds of policy are named where several refuse. AWS publishes none; this is the order in which "Troubleshoot
 * access denied error messages" (IAM User Guide) begins, and then the way of a request: the organization's policies, the
 * resource's, the caller's.
 */
export const orderOfKinds: readonly PolicyKind[] = [
  'service control policy',
  'resource control policy',
  'resource-based policy',
  'identity-based policy',
  'permissions boundary',
  'session policy',
];

/** Asks every policy that speaks to the request, each once. */
export function hearAll(
  request: AuthorizationRequest,
  caller: CallerPolicies,
  resource: ResourcePolicies,
): Heard {
  return {
    'service control policy': hearServiceControl(request, caller),
    'resource control policy': hearPolicies('resource control policy', resource.resourceControl, request),
    'resource-based policy': hearPolicy(
      'resource-based policy',
      resource.keyPolicy,
      asKeyPolicySees(request),
    ),
    'identity-based policy': hearPolicies('identity-based policy', caller.identity, request),
    'permissions boundary': hearPolicy('permissions boundary', caller.boundary, request),
    'session policy': hearPolicies('session policy', caller.session, request),
  };
}

/** "SCPs do not affect service principals": they limit users, roles and root users ("Service control policies", AWS Organizations). */
function hearServiceControl(request: AuthorizationRequest, caller: CallerPolicies): Verdict {
  if (request.principal.kind === 'service') return notApplicable;
  return hearPolicies('service control policy', caller.serviceControl, request);
}

/** The request with the condition values that key policies see. */
export function asKeyPolicySees(request: AuthorizationRequest): PolicyRequest {
  if (request.conditionsInKeyPolicy === request.conditions) return request;
  const { principal, action, resource, conditionsInKeyPolicy } = request;
  return { principal, action, resource, conditions: conditionsInKeyPolicy };
}
