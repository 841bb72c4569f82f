import type { PolicyVersion } from './document.ts';
import type { Statement, StatementEffect } from './statement.ts';

/*
 * What the evaluation does not decide yet: conditions and policy variables. Both fail closed, here and nowhere else:
 * what would allow is taken as not met, what would deny as met.
 */

/**
 * Whether the conditions of a statement are taken as met: always without conditions; with conditions a Deny counts
 * as met and an Allow never does.
 */
export function assumeConditionsMet(statement: Statement): boolean {
  return statement.conditions.length === 0 || statement.effect === 'Deny';
}

/** Whether a resource pattern holds a policy variable; `${` is plain text in the older language. */
export function hasPolicyVariable(pattern: string, version: PolicyVersion): boolean {
  return version === '2012-10-17' && pattern.includes('${');
}

/** Whether a pattern with a variable is taken to match: so that a Deny applies and an Allow does not. */
export function assumeVariableMatches(effect: StatementEffect, inverted: boolean): boolean {
  return (effect === 'Deny') !== inverted;
}
