import type { Grant } from '../grants/grant.ts';
import type { RequestPrincipal } from '../request.ts';
import { callerDecider, findCallerRefusal, findLimit } from './caller-limits.ts';
import type { Decider, Decision, PolicyKind } from './decision.ts';
import type { Heard } from './heard.ts';

interface GranteeRule {
  /** What keeps the caller from the grant; undefined: nothing. */
  readonly findRefusal: (heard: Heard, principal: RequestPrincipal) => PolicyKind | undefined;
  /** Whether the caller's own policies decide beside the grant. */
  readonly needsCaller: boolean;
}

const unlimited: GranteeRule = { findRefusal: () => undefined, needsCaller: false };

/**
 * What a grant needs beside itself, by how it names the caller. AWS documents that a grant to a caller needs no policy; that
 * boundary and session policy limit a grant to a role, and that a grant to an account needs an identity policy, is what holds
 * for a key policy that names them.
 */
const granteeRules: Readonly<Record<Grant['grantee'], GranteeRule>> = {
  principal: unlimited,
  service: unlimited,
  role: { findRefusal: findLimit, needsCaller: false },
  account: { findRefusal: findCallerRefusal, needsCaller: true },
};

/** The Allow of the first grant that lets the caller in; undefined: none does. */
export function findGrantedAccess(
  heard: Heard,
  principal: RequestPrincipal,
  grants: readonly Grant[],
): Decision | undefined {
  for (const { grantId, grantee } of grants) {
    const { findRefusal, needsCaller } = granteeRules[grantee];
    if (findRefusal(heard, principal) !== undefined) continue;
    const granted: Decider = { kind: 'grant', grantId };
    return { effect: 'Allow', deciders: needsCaller ? [granted, callerDecider(heard)] : [granted] };
  }
  return undefined;
}
