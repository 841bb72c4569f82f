import type { PolicyVersion } from '../document.ts';
import type { ConditionValues } from './condition-values.ts';

/** Whether one value of the request is what one value of the policy wants. */
export type Matches = (value: string) => boolean;

/** A value of the policy with variables in it. */
export interface VariableValue {
  /** Undefined where a variable has no value. */
  readonly resolve: (request: ConditionValues) => Matches | undefined;
}

/** One value of the policy. Undefined where it is not of the operator's type: such a value matches nothing. */
export type WantedValue = Matches | VariableValue | undefined;

/** What an operator does with one value of the policy. */
export interface Operator {
  /** `...Not...`: no value of the policy may match. */
  readonly isNegated: boolean;
  readonly compile: (wanted: string, version: PolicyVersion) => WantedValue;
}

/** An operator without variables: of what type its values are, and how two of them compare. The request's stands first. */
export function typedOperator<Value>(
  parse: (text: string) => Value | undefined,
  compare: (value: Value, wanted: Value) => boolean,
  isNegated = false,
): Operator {
  const compile = (text: string): WantedValue => {
    const wanted = parse(text);
    if (wanted === undefined) return undefined;
    return (valueText) => {
      const value = parse(valueText);
      return value !== undefined && compare(value, wanted);
    };
  };
  return { isNegated, compile };
}
