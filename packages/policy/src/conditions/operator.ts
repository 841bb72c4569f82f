import type { PolicyVersion } from '../document.ts';
import type { ConditionValues } from './condition-values.ts';

/** Whether one value of the request is what one value of the policy wants. */
export type Matches = (value: string) => boolean;

/**
 * One value of the policy, once the request is known: undefined where a variable in it has no value, and where it is not of the
 * operator's type. Such a value matches nothing.
 */
export type WantedValue = (request: ConditionValues) => Matches | undefined;

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
    if (wanted === undefined) return () => undefined;
    const matches: Matches = (valueText) => {
      const value = parse(valueText);
      return value !== undefined && compare(value, wanted);
    };
    return () => matches;
  };
  return { isNegated, compile };
}
