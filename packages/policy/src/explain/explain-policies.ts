import type { AuthorizationRequest } from '../decision/decision.ts';
import { asKeyPolicySees, type Heard, orderOfKinds } from '../decision/heard.ts';
import type { CallerPolicies, NamedPolicy, ResourcePolicies } from '../decision/policies.ts';
import { evaluatePolicy } from '../evaluate.ts';
import type { PolicyRequest } from '../request.ts';
import { traceStatements } from '../trace.ts';
import type { KindExplanation, PolicyExplanation } from './explanation.ts';
import { policiesOf } from './policies-of-kind.ts';

/** What every policy says by itself, kind by kind. */
export function explainPolicies(
  request: AuthorizationRequest,
  caller: CallerPolicies,
  resource: ResourcePolicies,
  heard: Heard,
): readonly KindExplanation[] {
  return orderOfKinds.map((kind) => {
    const verdict = heard[kind].effect;
    const seen = kind === 'resource-based policy' ? asKeyPolicySees(request) : request;
    const policies = policiesOf(kind, request.principal, caller, resource);
    return { kind, verdict, policies: policies.map((policy) => explainPolicy(policy, seen)) };
  });
}

function explainPolicy({ name, attachedTo, policy }: NamedPolicy, request: PolicyRequest): PolicyExplanation {
  return {
    name,
    attachedTo,
    verdict: evaluatePolicy(policy, request).effect,
    statements: traceStatements(policy, request).filter(
      ({ matchesPrincipal, matchesAction }) => matchesPrincipal && matchesAction,
    ),
  };
}
