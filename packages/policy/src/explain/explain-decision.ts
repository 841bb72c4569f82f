import { decide } from '../decision/decide.ts';
import type { AuthorizationRequest, Decision } from '../decision/decision.ts';
import { findGrantedAccess } from '../decision/granted-access.ts';
import { type Heard, hearAll } from '../decision/heard.ts';
import type { CallerPolicies, ResourcePolicies } from '../decision/policies.ts';
import { wordAllow } from './allow-sentence.ts';
import { explainPolicies } from './explain-policies.ts';
import type { ConsideredGrant, Explanation, GrantExplanation } from './explanation.ts';
import { findHints } from './hints.ts';
import { wordExplicitDeny, wordImplicitDeny } from './refusal-sentence.ts';

/**
 * Why a request is decided as it is. The decision is `decide`'s on the grants that apply; the rest tells of it. Policies are
 * looked at statement by statement, so this is for people who ask, not for every request. Never throws.
 */
export function explainDecision(
  request: AuthorizationRequest,
  caller: CallerPolicies,
  resource: ResourcePolicies,
  grants: readonly ConsideredGrant[],
): Explanation {
  const applying = grants.filter(({ applies }) => applies);
  const decision = decide(request, caller, resource, applying);
  const heard = hearAll(request, caller, resource);
  const kinds = explainPolicies(request, caller, resource, heard);
  return {
    decision,
    sentence: wordDecision(decision, request, resource, heard),
    hints: decision.effect === 'ImplicitDeny' ? findHints(decision.kind, kinds) : [],
    kinds,
    grants: grants.map((grant) => explainGrant(grant, request, heard)),
  };
}

function wordDecision(
  decision: Decision,
  request: AuthorizationRequest,
  resource: ResourcePolicies,
  heard: Heard,
): string {
  switch (decision.effect) {
    case 'Allow':
      return wordAllow(decision.deciders, request, resource, heard);
    case 'ExplicitDeny':
      return wordExplicitDeny(decision.decider, request);
    case 'ImplicitDeny':
      return wordImplicitDeny(decision.kind, request, resource, heard);
  }
}

function explainGrant(
  grant: ConsideredGrant,
  { principal }: AuthorizationRequest,
  heard: Heard,
): GrantExplanation {
  const { grantId, grantee, operations, applies } = grant;
  return {
    grantId,
    grantee,
    operations: [...operations].sort(),
    applies,
    letsIn: applies && findGrantedAccess(heard, principal, [grant]) !== undefined,
  };
}
