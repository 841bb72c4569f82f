import type { DecidingStatement, PolicyDecision } from '../compile.ts';
import { evaluatePolicy } from '../evaluate.ts';
import type { PrincipalMatch } from '../principal-set.ts';
import type { PolicyRequest } from '../request.ts';
import type { PolicyDecider, PolicyKind } from './decision.ts';
import type { NamedPolicy } from './policies.ts';

/** What the policies of one kind say together. */
export type Verdict =
  | {
      readonly effect: 'Allow' | 'ExplicitDeny';
      readonly decider: PolicyDecider;
      /** Of an Allow by a policy with principals. */
      readonly match: PrincipalMatch | undefined;
    }
  /** There are policies of the kind, or there could be, and none mentions the request. */
  | { readonly effect: 'ImplicitDeny' }
  /** No policy of the kind limits the request. */
  | { readonly effect: 'NotApplicable' };

/** The verdict of silent policies. */
export const silent: Verdict = Object.freeze({ effect: 'ImplicitDeny' });

/** The verdict of a kind that does not limit the request. */
export const notApplicable: Verdict = Object.freeze({ effect: 'NotApplicable' });

/**
 * What the policies of one kind say: a Deny of any wins, else an Allow of any suffices. Among equals the first decides.
 * Undefined: no policy of the kind limits the request; an empty list allows nothing.
 */
export function hearPolicies(
  kind: PolicyKind,
  policies: readonly NamedPolicy[] | undefined,
  request: PolicyRequest,
): Verdict {
  if (policies === undefined) return notApplicable;
  let allow: Verdict = silent;
  for (const policy of policies) {
    const verdict = hearPolicy(kind, policy, request);
    if (verdict.effect === 'ExplicitDeny') return verdict;
    if (allow === silent) allow = verdict;
  }
  return allow;
}

/** What one policy says. Undefined: there is none, and the request is not limited by it. */
export function hearPolicy(
  kind: PolicyKind,
  policy: NamedPolicy | undefined,
  request: PolicyRequest,
): Verdict {
  if (policy === undefined) return notApplicable;
  const said = evaluatePolicy(policy.policy, request);
  if (!isSpoken(said)) return silent;
  return {
    effect: said.effect,
    decider: { kind, policy: policy.name, statement: said.statement },
    match: said.principalMatch,
  };
}

/** Whether a statement decided: of implicit denies alone there is none. */
function isSpoken(
  said: PolicyDecision,
): said is PolicyDecision & { effect: 'Allow' | 'ExplicitDeny'; statement: DecidingStatement } {
  return said.effect !== 'ImplicitDeny';
}
