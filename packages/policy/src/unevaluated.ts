import type { CompiledCondition } from './conditions/condition-values.ts';
import type { PolicyVersion } from './document.ts';
import type { StatementEffect } from './statement.ts';

/*
 * What the evaluation does not decide yet: conditions on most keys, some operators of conditions, and policy variables.
 * All fail closed, here and nowhere else: what would allow is taken as not met, what would deny as met.
 */

/**
 * What stands for the conditions of a statement of which one cannot be decided: none for a Deny, which then applies;
 * undefined for an Allow, which then never does.
 */
export function assumeConditions(effect: StatementEffect): readonly CompiledCondition[] | undefined {
  return effect === 'Deny' ? [] : undefined;
}

/** Whether a resource pattern holds a policy variable; `${` is plain text in the older language. */
export function hasPolicyVariable(pattern: string, version: PolicyVersion): boolean {
  return version === '2012-10-17' && pattern.includes('${');
}

/** Whether a pattern with a variable is taken to match: so that a Deny applies and an Allow does not. */
export function assumeVariableMatches(effect: StatementEffect, inverted: boolean): boolean {
  return (effect === 'Deny') !== inverted;
}
