import {
  type AuthorizationRequest,
  type ConsideredGrant,
  type Decision,
  evaluatePolicy,
  explainDecision,
  type ResourcePolicies,
} from '@keyhaven/policy';
import { ownerOf, whatDecides, whatIsAsked } from '../authorization/authorizer.ts';
import type { RequestFacts } from '../authorization/conditions/condition-row.ts';
import { coverOf, mayBeGranted } from '../authorization/grant-cover.ts';
import type { KeyPermission, Permission } from '../authorization/permission.ts';
import { refusalOf } from '../authorization/refusal.ts';
import { judgeRetirement } from '../authorization/retirement.ts';
import { type Grants, noTokens } from '../grants/port.ts';
import type { Identities } from '../identities/port.ts';
import type { ErrorReply, PermissionExplanation } from './explanation.ts';
import { NotedConditions, type StatedConditions } from './noted-conditions.ts';
import { policyVerdicts } from './policy-verdicts.ts';
import { summarize } from './summarize.ts';
import { waysToAllow } from './ways-to-allow.ts';

/** One permission that a request takes, and what the request says. */
export interface AskedPermission {
  readonly request: RequestFacts;
  readonly permission: Permission;
  readonly stated: StatedConditions;
  /** Epoch milliseconds: the grants that are effective then count. */
  readonly grantsAt: number;
  /** Takes the condition keys that policies asked for in vain, in lower case. */
  readonly unanswered: Set<string>;
}

export interface ExplainingPorts {
  readonly identities: Pick<Identities, 'controlsOf'>;
  readonly grants: Pick<Grants, 'forCaller'>;
}

/** Grants that an explanation lists; a key may have fifty thousand. */
const mostGrants = 20;

/**
 * Decides on one permission as `Authorizer` does, and tells what every policy and grant says to it, those too that requests do
 * not ask once the decision is clear.
 */
export async function explainPermission(
  { request, permission, stated, grantsAt, unanswered }: AskedPermission,
  { identities, grants }: ExplainingPorts,
): Promise<PermissionExplanation> {
  const { identity, caller } = request;
  const ownerId = ownerOf(permission);
  const controls = ownerId === caller.accountId ? identity : await identities.controlsOf(ownerId, true);
  const plain = whatIsAsked(request, permission);
  const asked: AuthorizationRequest = {
    ...plain,
    conditions: new NotedConditions(stated, plain.conditions, unanswered),
    conditionsInKeyPolicy: new NotedConditions(stated, plain.conditionsInKeyPolicy, unanswered),
  };
  const resource = whatDecides(permission, controls);
  const considered =
    permission.kind === 'key' ? await considerGrants(permission, request, grantsAt, grants) : [];
  const { decision, sentence, kinds, letsIn } = explainAsked(
    asked,
    request,
    permission,
    resource,
    considered,
  );
  const policies = policyVerdicts(kinds);
  const isAllowed = decision.effect === 'Allow';
  return {
    action: permission.action,
    resource: asked.resource,
    decision: decision.effect,
    summary: summarize(decision, permission.action, sentence),
    sentence,
    ...(isAllowed ? {} : { error: errorOf(decision, request, permission, letsIn) }),
    policies,
    grants: considered
      .slice(0, mostGrants)
      .map(({ grantId, operations, applies }) => ({ grantId, operations: [...operations], covers: applies })),
    furtherGrants: Math.max(0, considered.length - mostGrants),
    ...(isAllowed ? {} : { toAllow: waysToAllow(decision, { asked, permission, caller, policies }) }),
  };
}

/** The grants that reach the caller, those that cover the request first; for what grants do not give, none does. */
async function considerGrants(
  permission: KeyPermission,
  request: RequestFacts,
  grantsAt: number,
  grants: ExplainingPorts['grants'],
): Promise<readonly ConsideredGrant[]> {
  const { caller } = request;
  const stored = await grants.forCaller(caller.principal, permission.key, noTokens, grantsAt, true);
  const isGiven = mayBeGranted(deniedByNobody, permission);
  const covers = coverOf(request, permission);
  const considered = stored.map(({ grant }) => ({
    ...grant,
    applies: isGiven && covers(grant),
  }));
  return considered.toSorted((a, b) => Number(b.applies) - Number(a.applies));
}

const deniedByNobody: Decision = {
  effect: 'ImplicitDeny',
  kind: 'resource-based policy',
  mayBeGranted: true,
};

interface Explained extends Pick<ReturnType<typeof explainDecision>, 'decision' | 'sentence' | 'kinds'> {
  readonly letsIn: () => boolean;
}

function explainAsked(
  asked: AuthorizationRequest,
  { identity: { policies } }: RequestFacts,
  permission: Permission,
  resource: ResourcePolicies,
  grants: readonly ConsideredGrant[],
): Explained {
  const retirement = permission.kind === 'key' ? permission.retirement : undefined;
  if (retirement === undefined)
    return {
      ...explainDecision(asked, policies, resource, grants),
      letsIn: () => keyPolicyLetsIn(asked, resource),
    };
  // The key policy has no say in it.
  const decision = judgeRetirement(asked, policies, resource, retirement);
  const told = explainDecision(asked, policies, { ...resource, keyPolicy: undefined }, []);
  const isByGrant = decision.effect === 'Allow' && told.decision.effect !== 'Allow';
  const sentence = isByGrant ? 'The grant itself lets the caller retire it.' : told.sentence;
  return { ...told, decision, sentence, letsIn: () => false };
}

function keyPolicyLetsIn(asked: AuthorizationRequest, { keyPolicy }: ResourcePolicies): boolean {
  if (keyPolicy === undefined) return false;
  const request = { ...asked, conditions: asked.conditionsInKeyPolicy };
  return evaluatePolicy(keyPolicy.policy, request).effect === 'Allow';
}

function errorOf(
  decision: Exclude<Decision, { readonly effect: 'Allow' }>,
  { caller }: RequestFacts,
  permission: Permission,
  letsIn: () => boolean,
): ErrorReply {
  const { code, message, status } = refusalOf(decision, caller, permission, letsIn);
  return { code, message, status };
}
