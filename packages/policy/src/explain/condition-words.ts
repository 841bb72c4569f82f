import type { ConditionOperator } from '../elements/condition-operator.ts';
import type { Condition } from '../elements/condition.ts';

/** What the operators say, between a key and its values ("Condition operators", IAM JSON policy elements reference). */
const verbs: ReadonlyMap<string, string> = new Map([
  ['StringEquals', 'is'],
  ['StringNotEquals', 'is not'],
  ['StringEqualsIgnoreCase', 'is, whatever its case,'],
  ['StringNotEqualsIgnoreCase', 'is not, whatever its case,'],
  ['StringLike', 'is like'],
  ['StringNotLike', 'is not like'],
  ['NumericEquals', 'is'],
  ['NumericNotEquals', 'is not'],
  ['NumericLessThan', 'is less than'],
  ['NumericLessThanEquals', 'is at most'],
  ['NumericGreaterThan', 'is greater than'],
  ['NumericGreaterThanEquals', 'is at least'],
  ['DateEquals', 'is'],
  ['DateNotEquals', 'is not'],
  ['DateLessThan', 'is before'],
  ['DateLessThanEquals', 'is not after'],
  ['DateGreaterThan', 'is after'],
  ['DateGreaterThanEquals', 'is not before'],
  ['Bool', 'is'],
  ['BinaryEquals', 'is'],
  ['IpAddress', 'is within'],
  ['NotIpAddress', 'is outside'],
  ['ArnEquals', 'is like'],
  ['ArnLike', 'is like'],
  ['ArnNotEquals', 'is not like'],
  ['ArnNotLike', 'is not like'],
]);

/** A condition in words: `kms:ViaService is 's3.us-east-1.amazonaws.com'`. */
export function wordCondition({ operator, key, values }: Condition): string {
  const verb = verbs.get(operator.name);
  if (verb === undefined) return wordNull(key, values);
  const isNegated = / not\b| outside/.test(verb) && !operator.name.startsWith('Date');
  const listed = values.map((value) => `'${value}'`).join(isNegated ? ' nor ' : ' or ');
  return `${subjectOf(operator, key)} ${verb} ${listed}${operator.ifExists ? ', or is absent' : ''}`;
}

/** Null: the one operator that asks for no value. */
function wordNull(key: string, values: readonly string[]): string {
  return values.some((value) => value.toLowerCase() === 'true') ? `${key} is absent` : `${key} is present`;
}

function subjectOf({ setOperator }: ConditionOperator, key: string): string {
  if (setOperator === undefined) return key;
  return setOperator === 'ForAllValues' ? `every value of ${key}` : `some value of ${key}`;
}
