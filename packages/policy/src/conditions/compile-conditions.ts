import type { PolicyVersion } from '../document.ts';
import type { Condition } from '../elements/condition.ts';
import type { StatementEffect } from '../statement.ts';
import { arnOperators } from './arn-operators.ts';
import { comparisonOperators } from './comparison-operators.ts';
import { type CompiledCondition, NullCondition, OperatorCondition } from './compiled-condition.ts';
import type { Operator } from './operator.ts';
import { otherOperators } from './other-operators.ts';
import { stringOperators } from './string-operators.ts';

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
  return conditions.map((condition) => {
    const operator = operators.get(condition.operator.name);
    return operator === undefined
      ? new NullCondition(condition)
      : new OperatorCondition(condition, operator, effect, version);
  });
}
