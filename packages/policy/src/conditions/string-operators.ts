import type { ConditionOperator } from '../elements/condition-operator.ts';
import { compileGlob, matchesGlob } from '../glob.ts';
import type { CompiledCondition } from './condition-values.ts';

type Matches = (value: string) => boolean;

interface StringOperator {
  /** `StringNot...`: no value of the policy may match. */
  readonly isNegated: boolean;
  /** What one value of the policy matches. */
  readonly compile: (wanted: string) => Matches;
}

const equals =
  (wanted: string): Matches =>
  (value) =>
    value === wanted;

const equalsIgnoringCase = (wanted: string): Matches => {
  const lowerCase = wanted.toLowerCase();
  return (value) => value.toLowerCase() === lowerCase;
};

const like = (wanted: string): Matches => {
  const glob = compileGlob(wanted);
  return (value) => matchesGlob(glob, value);
};

/** "String condition operators", IAM User Guide. */
const stringOperators: ReadonlyMap<string, StringOperator> = new Map([
  ['StringEquals', { isNegated: false, compile: equals }],
  ['StringNotEquals', { isNegated: true, compile: equals }],
  ['StringEqualsIgnoreCase', { isNegated: false, compile: equalsIgnoringCase }],
  ['StringNotEqualsIgnoreCase', { isNegated: true, compile: equalsIgnoringCase }],
  ['StringLike', { isNegated: false, compile: like }],
  ['StringNotLike', { isNegated: true, compile: like }],
]);

/**
 * The condition of an operator of the string family; undefined for another family. `key` is in lower case.
 *
 * Values are compared with OR, and with NOR where the operator is negated. Without a set operator a key that the request
 * does not have is matched by the negated operators alone, with `IfExists` by all; ForAllValues is then met, ForAnyValue
 * is not ("Condition operators" and "Set operators for multivalued context keys", IAM User Guide).
 */
export function compileStringCondition(
  { name, ifExists, setOperator }: ConditionOperator,
  key: string,
  wanted: readonly string[],
): CompiledCondition | undefined {
  const operator = stringOperators.get(name);
  if (operator === undefined) return undefined;
  const { isNegated, compile } = operator;
  const matchers = wanted.map(compile);
  const isMatch: Matches = (value) => matchers.some((matches) => matches(value)) !== isNegated;
  const metWhenAbsent = ifExists || (setOperator === undefined ? isNegated : setOperator === 'ForAllValues');
  // One value is all there is without a set operator; of several, none may be among those that a negation excludes.
  const needsAll = setOperator === undefined ? isNegated : setOperator === 'ForAllValues';
  return (request) => {
    const values = request.get(key);
    if (values === undefined || values.length === 0) return metWhenAbsent;
    return needsAll ? values.every(isMatch) : values.some(isMatch);
  };
}
