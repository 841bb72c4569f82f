import { findDate } from './date-value.ts';
import { typedOperator, type Operator } from './operator.ts';

const decimal = /^[+-]?[0-9]{1,400}(?:\.[0-9]{1,400})?(?:[eE][+-]?[0-9]{1,3})?$/;

/** The number that a text is, as an IEEE 754 double; undefined for other texts and for what is beyond all doubles. */
function findNumber(text: string): number | undefined {
  if (!decimal.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

type Parse = (text: string) => number | undefined;

function comparisons(prefix: string, parse: Parse): readonly (readonly [string, Operator])[] {
  const isEqual = (value: number, wanted: number) => value === wanted;
  return [
    [`${prefix}Equals`, typedOperator(parse, isEqual)],
    [`${prefix}NotEquals`, typedOperator(parse, isEqual, true)],
    [`${prefix}LessThan`, typedOperator(parse, (value, wanted) => value < wanted)],
    [`${prefix}LessThanEquals`, typedOperator(parse, (value, wanted) => value <= wanted)],
    [`${prefix}GreaterThan`, typedOperator(parse, (value, wanted) => value > wanted)],
    [`${prefix}GreaterThanEquals`, typedOperator(parse, (value, wanted) => value >= wanted)],
  ];
}

/** "Numeric condition operators" and "Date condition operators", IAM User Guide. */
export const comparisonOperators: readonly (readonly [string, Operator])[] = [
  ...comparisons('Numeric', findNumber),
  ...comparisons('Date', findDate),
];
