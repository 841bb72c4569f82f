import { isJsonArray, isJsonObject, JsonNumber, type JsonValue } from '../json/json-value.ts';
import { PolicySyntaxError } from '../policy-syntax-error.ts';
import { findConditionOperator, type ConditionOperator } from './condition-operator.ts';

/** One key's condition; all conditions of a statement must hold, for any of its values. Values are as written. */
export interface Condition {
  readonly operator: ConditionOperator;
  readonly key: string;
  readonly values: readonly string[];
}

/** Reads the Condition element (operator -> key -> values) into a flat list; an absent or empty one has no conditions. */
export function parseConditionElement(value: JsonValue | undefined, where: string): readonly Condition[] {
  if (value === undefined) return [];
  if (!isJsonObject(value)) {
    throw new PolicySyntaxError(`${where}: Condition must be an object of condition operators.`);
  }
  const conditions: Condition[] = [];
  for (const [operatorText, keys] of value) {
    const operator = findConditionOperator(operatorText);
    if (operator === undefined) {
      throw new PolicySyntaxError(`${where}: Condition names an operator that does not exist.`);
    }
    if (!isJsonObject(keys)) {
      throw new PolicySyntaxError(`${where}: a condition operator must hold an object of condition keys.`);
    }
    for (const [key, values] of keys) conditions.push({ operator, key, values: parseValues(values, where) });
  }
  return conditions;
}

function parseValues(value: JsonValue, where: string): readonly string[] {
  const texts = (isJsonArray(value) ? value : [value]).map((item) => findScalarText(item));
  const values = texts.filter((text) => text !== undefined);
  if (values.length === 0 || values.length !== texts.length) {
    throw new PolicySyntaxError(
      `${where}: a condition value must be a string, a number or a boolean, or a non-empty array of these.`,
    );
  }
  return values;
}

function findScalarText(value: JsonValue): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  return value instanceof JsonNumber ? value.text : undefined;
}
