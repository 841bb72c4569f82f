import type { RequestPrincipal } from '../request.ts';
import type { Decider, PolicyKind } from './decision.ts';
import type { Heard } from './heard.ts';

/**
 * The kind of policy that keeps the caller from what an Allow gives its role or its account: boundary and session policy limit
 * those, by silence too ("Permissions boundaries for IAM entities" and "Session policies", IAM User Guide). Undefined: neither.
 */
export function findLimit(heard: Heard): PolicyKind | undefined {
  if (heard['permissions boundary'].effect === 'ImplicitDeny') return 'permissions boundary';
  if (heard['session policy'].effect === 'ImplicitDeny') return 'session policy';
  return undefined;
}

/**
 * The kind of policy that keeps the caller's own account from letting it: no identity policy allows, or a limit does not.
 * Undefined: its account lets it. A root user needs no policy, and has neither boundary nor session.
 */
export function findCallerRefusal(heard: Heard, principal: RequestPrincipal): PolicyKind | undefined {
  if (principal.kind === 'root') return undefined;
  return heard['identity-based policy'].effect === 'Allow' ? findLimit(heard) : 'identity-based policy';
}

/** The identity policy that lets the caller, or that it needs none. */
export function callerDecider(heard: Heard): Decider {
  const verdict = heard['identity-based policy'];
  return verdict.effect === 'Allow' ? verdict.decider : rootUser;
}

const rootUser: Decider = Object.freeze({ kind: 'root user' });
