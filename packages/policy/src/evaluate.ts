import type { CompiledPolicy, CompiledStatement, PolicyDecision } from './compile.ts';
import { matchPrincipalSet, type PrincipalMatch } from './principal-set.ts';
import { matchesResourceSet } from './resource-set.ts';
import type { PolicyRequest } from './request.ts';

const implicitDeny: PolicyDecision = Object.freeze({ effect: 'ImplicitDeny' });

/** What names the caller itself needs no other policy's word; what names its account needs the most. */
const strengths: Readonly<Record<PrincipalMatch, number>> = { account: 1, role: 2, principal: 3, service: 4 };

/**
 * What a policy says to a request, and by which statement: a Deny wins over every Allow wherever it stands; what no
 * statement mentions is denied (IAM User Guide, "Policy evaluation logic"). Of several Deny statements the first decides, of
 * several Allow statements the first of those that name the caller most directly. A Deny that names an account applies to
 * every principal of it. Never throws.
 */
export function evaluatePolicy(policy: CompiledPolicy, request: PolicyRequest): PolicyDecision {
  const { denies, allows } = policy.byAction.findFor(request.action, request.principal, request.resource);
  for (const deny of denies) {
    if (isAbout(deny, request) && meetsRest(deny, request)) {
      return { effect: 'ExplicitDeny', statement: deny.statement };
    }
  }
  return findAllow(allows, request) ?? implicitDeny;
}

function findAllow(allows: readonly CompiledStatement[], request: PolicyRequest): PolicyDecision | undefined {
  let best: PolicyDecision | undefined;
  let strength = 0;
  const strongest = request.principal.kind === 'service' ? strengths.service : strengths.principal;
  for (const allow of allows) {
    const { principals, statement } = allow;
    if (principals === undefined) {
      if (meetsRest(allow, request)) return { effect: 'Allow', statement };
      continue;
    }
    const principalMatch = matchPrincipalSet(principals, request.principal, 'Allow');
    if (principalMatch === undefined || strengths[principalMatch] <= strength) continue;
    if (!meetsRest(allow, request)) continue;
    best = { effect: 'Allow', statement, principalMatch };
    strength = strengths[principalMatch];
    if (strength === strongest) break;
  }
  return best;
}

function isAbout({ principals, effect }: CompiledStatement, { principal }: PolicyRequest): boolean {
  return principals === undefined || matchPrincipalSet(principals, principal, effect) !== undefined;
}

function meetsRest(
  { resources, conditions }: CompiledStatement,
  { resource, conditions: values }: PolicyRequest,
): boolean {
  if (!matchesResourceSet(resources, resource, values)) return false;
  for (const condition of conditions) if (!condition.isMet(values)) return false;
  return true;
}
