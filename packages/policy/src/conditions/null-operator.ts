import type { ConditionOperator } from '../elements/condition-operator.ts';
import type { CompiledCondition } from './condition-values.ts';

/**
 * The condition of the operator Null: `true` is met by a request without the key, `false` by one with it ("Null condition
 * operator", IAM User Guide). Undefined for other operators, and for what IAM does not say the meaning of: other values,
 * and Null with a set operator. `key` is in lower case.
 */
export function compileNullCondition(
  { name, setOperator }: ConditionOperator,
  key: string,
  wanted: readonly string[],
): CompiledCondition | undefined {
  if (name !== 'Null' || setOperator !== undefined) return undefined;
  const texts = new Set(wanted.map((text) => text.toLowerCase()));
  if (![...texts].every((text) => text === 'true' || text === 'false')) return undefined;
  return (request) => {
    const isAbsent = (request.get(key)?.length ?? 0) === 0;
    return texts.has(String(isAbsent));
  };
}
