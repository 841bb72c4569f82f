import type { PolicyVersion } from '../document.ts';
import type { Condition } from '../elements/condition.ts';
import { hasPolicyVariable } from '../unevaluated.ts';
import type { CompiledCondition } from './condition-values.ts';
import { isEvaluatedKey } from './evaluated-keys.ts';
import { compileNullCondition } from './null-operator.ts';
import { compileStringCondition } from './string-operators.ts';

/** The families of operators that are evaluated; each answers undefined for an operator of another. */
const families = [compileStringCondition, compileNullCondition];

/**
 * The conditions of a statement, all of which must be met; undefined where any of them cannot be decided: its key, its
 * operator or a policy variable in its values.
 */
export function compileConditions(
  conditions: readonly Condition[],
  version: PolicyVersion,
): readonly CompiledCondition[] | undefined {
  const compiled: CompiledCondition[] = [];
  for (const condition of conditions) {
    const one = compileCondition(condition, version);
    if (one === undefined) return undefined;
    compiled.push(one);
  }
  return compiled;
}

function compileCondition(
  { operator, key, values }: Condition,
  version: PolicyVersion,
): CompiledCondition | undefined {
  if (!isEvaluatedKey(key)) return undefined;
  if (values.some((value) => hasPolicyVariable(value, version))) return undefined;
  for (const compile of families) {
    const compiled = compile(operator, key.toLowerCase(), values);
    if (compiled !== undefined) return compiled;
  }
  return undefined;
}
