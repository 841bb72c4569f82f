import type { PolicyVersion } from '../document.ts';
import type { Condition } from '../elements/condition.ts';
import type { StatementEffect } from '../statement.ts';
import { arnOperators } from './arn-operators.ts';
import { comparisonOperators } from './comparison-operators.ts';
import type { ConditionValues } from './condition-values.ts';
import type { Matches, Operator } from './operator.ts';
import { findBoolean, otherOperators } from './other-operators.ts';
import { stringOperators } from './string-operators.ts';

/** A condition ready to be evaluated. */
export interface CompiledCondition {
  readonly condition: Condition;
  /** Whether the request meets it. */
  readonly isMet: (request: ConditionValues) => boolean;
}

/** Every operator but Null, which asks for no value. */
const operators: ReadonlyMap<string, Operator> = new Map([
  ...stringOperators,
  ...comparisonOperators,
  ...otherOperators,
  ...arnOperators,
]);

/** The conditions of a statement, all of which must be met. A key that requests do not know is one without a value. */
export function compileConditions(
  conditions: readonly Condition[],
  effect: StatementEffect,
  version: PolicyVersion,
): readonly CompiledCondition[] {
  return conditions.map((condition) => ({ condition, isMet: compileCondition(condition, effect, version) }));
}

function compileCondition(
  condition: Condition,
  effect: StatementEffect,
  version: PolicyVersion,
): CompiledCondition['isMet'] {
  const operator = operators.get(condition.operator.name);
  return operator === undefined
    ? compileNull(condition)
    : compileOperator(condition, operator, effect, version);
}

/**
 * `true` is met by a request without the key, `false` by one with it ("Null condition operator", IAM User Guide). A set
 * operator changes nothing about that. IAM gives other values no meaning; they are never met.
 */
function compileNull({ key, values }: Condition): CompiledCondition['isMet'] {
  const lowerCase = key.toLowerCase();
  const wanted = new Set(values.map(findBoolean));
  return (request) => wanted.has((request.get(lowerCase)?.length ?? 0) === 0);
}

/**
 * Values are compared with OR, and with NOR where the operator is negated. Without a set operator a key that the request
 * does not have is matched by the negated operators alone, with `IfExists` by all; ForAllValues is then met, ForAnyValue
 * is not ("Condition operators" and "Set operators for multivalued context keys", IAM User Guide).
 *
 * A value of the policy that is not of the operator's type, or whose variable has no value, matches nothing. IAM does not
 * say what that means for a negated operator; here it never helps: an Allow is then not met, a Deny is.
 */
function compileOperator(
  { operator: { ifExists, setOperator }, key, values }: Condition,
  { isNegated, compile }: Operator,
  effect: StatementEffect,
  version: PolicyVersion,
): CompiledCondition['isMet'] {
  const lowerCase = key.toLowerCase();
  const wanted = values.map((value) => compile(value, version));
  const metWhenAbsent = ifExists || (setOperator === undefined ? isNegated : setOperator === 'ForAllValues');
  // One value is all there is without a set operator; of several, none may be among those that a negation excludes.
  const needsAll = setOperator === undefined ? isNegated : setOperator === 'ForAllValues';
  return (request) => {
    const present = request.get(lowerCase);
    if (present === undefined || present.length === 0) return metWhenAbsent;
    const matchers = wanted.map((value) => value(request));
    if (isNegated && matchers.includes(undefined)) return effect === 'Deny';
    const isMatch: Matches = (value) => matchers.some((matches) => matches?.(value) === true) !== isNegated;
    return needsAll ? present.every(isMatch) : present.some(isMatch);
  };
}
