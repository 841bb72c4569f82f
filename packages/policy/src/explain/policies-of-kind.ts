import type { PolicyKind } from '../decision/decision.ts';
import type { CallerPolicies, NamedPolicy, ResourcePolicies } from '../decision/policies.ts';
import type { RequestPrincipal } from '../request.ts';

/** The policies of one kind that speak to requests of a principal; service control policies do not to a service's. */
export function policiesOf(
  kind: PolicyKind,
  principal: RequestPrincipal,
  caller: CallerPolicies,
  resource: ResourcePolicies,
): readonly NamedPolicy[] {
  const policies: Readonly<Record<PolicyKind, readonly (NamedPolicy | undefined)[] | undefined>> = {
    'service control policy': principal.kind === 'service' ? undefined : caller.serviceControl,
    'resource control policy': resource.resourceControl,
    'resource-based policy': [resource.keyPolicy],
    'identity-based policy': caller.identity,
    'permissions boundary': [caller.boundary],
    'session policy': caller.session,
  };
  return (policies[kind] ?? []).filter((policy) => policy !== undefined);
}
