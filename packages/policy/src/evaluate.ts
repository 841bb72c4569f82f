import type { CompiledPolicy, CompiledStatement, PolicyDecision } from './compile.ts';
import { matchesPatternSet } from './pattern-set.ts';
import { matchesPrincipalSet } from './principal-set.ts';
import type { PolicyRequest } from './request.ts';

const implicitDeny: PolicyDecision = Object.freeze({ effect: 'ImplicitDeny' });

/**
 * What a resource policy says to a request, and by which statement: a Deny wins over every Allow wherever it stands;
 * what no statement mentions is denied (IAM user guide, "Policy evaluation logic"). Among equals the first decides.
 * Never throws. What is not evaluated, such as most condition keys, fails closed: see `unevaluated.ts`.
 */
export function evaluateResourcePolicy(policy: CompiledPolicy, request: PolicyRequest): PolicyDecision {
  const action = request.action.toLowerCase();
  return (
    findDecision(policy.denies, request, action) ??
    findDecision(policy.allows, request, action) ??
    implicitDeny
  );
}

function findDecision(
  statements: readonly CompiledStatement[],
  request: PolicyRequest,
  action: string,
): PolicyDecision | undefined {
  for (const statement of statements) {
    if (
      matchesPrincipalSet(statement.principals, request.principal) &&
      matchesPatternSet(statement.actions, action) &&
      matchesPatternSet(statement.resources, request.resource) &&
      statement.conditions.every((isMet) => isMet(request.conditions))
    ) {
      return statement.decision;
    }
  }
  return undefined;
}
