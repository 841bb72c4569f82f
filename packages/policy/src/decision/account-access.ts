import type { RequestPrincipal } from '../request.ts';
import { callerDecider, findCallerRefusal } from './caller-limits.ts';
import type { Decision } from './decision.ts';
import type { Heard } from './heard.ts';

/**
 * Decides what only IAM governs: actions without a resource, and aliases. No resource policy can let anyone in, so neither
 * another account nor a service is let in.
 */
export function decideAccountAccess(heard: Heard, principal: RequestPrincipal, accountId: string): Decision {
  const isForeign = principal.kind === 'service' || principal.accountId !== accountId;
  const kind = isForeign ? 'identity-based policy' : findCallerRefusal(heard, principal);
  if (kind !== undefined) return { effect: 'ImplicitDeny', kind, mayBeGranted: false };
  return { effect: 'Allow', deciders: [callerDecider(heard)] };
}
