import type { PrincipalMatch } from '../principal-set.ts';
import type { RequestPrincipal } from '../request.ts';
import { callerDecider, findCallerRefusal, findLimit } from './caller-limits.ts';
import type { Decider, Decision, PolicyKind } from './decision.ts';
import type { Heard } from './heard.ts';

/** Decides on a key without its grants, nothing having denied: the key policy first, for no other policy lets anyone in alone. */
export function decideKeyAccess(heard: Heard, principal: RequestPrincipal, accountId: string): Decision {
  const said = heard['resource-based policy'];
  if (said.effect !== 'Allow') return implicitDeny('resource-based policy');
  if (principal.kind === 'service') return decideServiceAccess(said.decider, said.match);
  const isOwn = principal.accountId === accountId;
  return isOwn
    ? decideOwnAccess(heard, principal, said.decider, said.match)
    : decideForeignAccess(heard, principal, said.decider);
}

/** A service has no policies of its own, and no account whose users `*` could mean: the key policy must name it as a service. */
function decideServiceAccess(decider: Decider, match: PrincipalMatch | undefined): Decision {
  return match === 'service' ? allow(decider) : implicitDeny('resource-based policy');
}

/**
 * In the key's own account. An Allow that names the caller suffices, whatever boundary and session policy leave out; one that
 * names its role is limited by both; one that names the account delegates to IAM, where the root user needs no policy.
 */
function decideOwnAccess(
  heard: Heard,
  principal: RequestPrincipal,
  decider: Decider,
  match: PrincipalMatch | undefined,
): Decision {
  if (match === 'principal') return allow(decider);
  const kind = match === 'role' ? findLimit(heard) : findCallerRefusal(heard, principal);
  if (kind !== undefined) return implicitDeny(kind);
  return match === 'role' ? allow(decider) : allow(decider, callerDecider(heard));
}

/** "Allowing users in other accounts to use a KMS key": the key policy lets the caller in, and its own account lets it too. */
function decideForeignAccess(heard: Heard, principal: RequestPrincipal, decider: Decider): Decision {
  const kind = findCallerRefusal(heard, principal);
  return kind === undefined ? allow(decider, callerDecider(heard)) : implicitDeny(kind);
}

function allow(...deciders: readonly Decider[]): Decision {
  return { effect: 'Allow', deciders };
}

function implicitDeny(kind: PolicyKind): Decision {
  return { effect: 'ImplicitDeny', kind, mayBeGranted: true };
}
