import { decide } from '../decision/decide.ts';
import type { AuthorizationRequest, Decision } from '../decision/decision.ts';
import type { ResourcePolicies } from '../decision/policies.ts';
import type { Grant } from '../grants/grant.ts';
import type { Access, CallerAccess, PossibleCaller } from './access.ts';
import { assumeCaller, assumeResource, assuming, type Stance } from './assumed-policies.ts';
import type { KnownValues } from './certainty.ts';
import { isConstrained } from './grant-conditions.ts';
import { findOpenConditions } from './open-conditions.ts';

const nothingKnown: KnownValues = new Map();

/**
 * What each caller may do with one key, whatever the request says for condition keys: by `decide` at best and at worst, so
 * that it can never disagree with it. `actions` are KMS key actions, as `kms:Encrypt`; actions of the same answer are
 * told together. Never throws.
 */
export function whoCan(
  keyArn: string,
  resource: ResourcePolicies,
  callers: readonly PossibleCaller[],
  actions: readonly string[],
): readonly CallerAccess[] {
  return callers.map((caller) => {
    const decideAtBest = decideUnder('at best', keyArn, resource, caller);
    const decideAtWorst = decideUnder('at worst', keyArn, resource, caller);
    const access = actions.map((action): Access => {
      const best = decideAtBest(action);
      const worst = decideAtWorst(action);
      const answer = answerOf(best, worst);
      const isOpen = answer === 'allowed under conditions';
      const conditions = isOpen ? findOpenConditions(action, keyArn, resource, caller) : [];
      return { actions: [action], answer, deciders: decidersOf(best), conditions };
    });
    return { principal: caller.principal.arn, access: group(access) };
  });
}

function decideUnder(
  stance: Stance,
  keyArn: string,
  resource: ResourcePolicies,
  { principal, policies, grants, known = nothingKnown, knownInKeyPolicy = known }: PossibleCaller,
): (action: string) => Decision {
  const assume = assuming(stance, keyArn, known);
  const caller = assumeCaller(policies, assume);
  const assumed = assumeResource(resource, assume, assuming(stance, keyArn, knownInKeyPolicy));
  return (action) => {
    const request: AuthorizationRequest = {
      principal,
      action,
      resource: keyArn,
      conditions: known,
      conditionsInKeyPolicy: knownInKeyPolicy,
    };
    return decide(request, caller, assumed, grantsUnder(stance, grants, action));
  };
}

/** At best the constraints of grants hold, at worst they do not. */
function grantsUnder(stance: Stance, grants: readonly Grant[], action: string): readonly Grant[] {
  const operation = action.slice(action.indexOf(':') + 1);
  return grants.filter(
    (grant) => grant.operations.has(operation) && (stance === 'at best' || !isConstrained(grant, operation)),
  );
}

function answerOf(best: Decision, worst: Decision): Access['answer'] {
  if (worst.effect === 'Allow') return 'allowed';
  return best.effect === 'Allow' ? 'allowed under conditions' : 'denied';
}

function decidersOf(best: Decision): Access['deciders'] {
  if (best.effect === 'Allow') return best.deciders;
  return best.effect === 'ExplicitDeny' ? [best.decider] : [];
}

/** Actions with the same answer, deciders and conditions are one. */
function group(access: readonly Access[]): readonly Access[] {
  const groups = new Map<string, Access>();
  for (const { actions, ...rest } of access) {
    const same = JSON.stringify(rest);
    groups.set(same, { actions: [...(groups.get(same)?.actions ?? []), ...actions], ...rest });
  }
  return [...groups.values()];
}
