/** A condition operator of IAM, taken apart: `ForAnyValue:StringLikeIfExists`. */
export interface ConditionOperator {
  readonly name: string;
  readonly ifExists: boolean;
  readonly setOperator: 'ForAllValues' | 'ForAnyValue' | undefined;
}

const comparisons = ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'];

/** Every condition operator of the IAM JSON policy reference. */
const operatorNames: ReadonlySet<string> = new Set([
  'StringEquals',
  'StringNotEquals',
  'StringEqualsIgnoreCase',
  'StringNotEqualsIgnoreCase',
  'StringLike',
  'StringNotLike',
  ...comparisons.map((comparison) => `Numeric${comparison}`),
  ...comparisons.map((comparison) => `Date${comparison}`),
  'Bool',
  'BinaryEquals',
  'IpAddress',
  'NotIpAddress',
  'ArnEquals',
  'ArnLike',
  'ArnNotEquals',
  'ArnNotLike',
  'Null',
]);

const operatorSyntax = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/;

/** The operator of that name, or undefined when IAM has none. Null takes no IfExists: it asks that question itself. */
export function findConditionOperator(text: string): ConditionOperator | undefined {
  const parts = operatorSyntax.exec(text);
  const name = parts?.[2];
  if (name === undefined || !operatorNames.has(name)) return undefined;
  const ifExists = parts?.[3] !== undefined;
  if (ifExists && name === 'Null') return undefined;
  const prefix = parts?.[1];
  const setOperator = prefix === 'ForAllValues' || prefix === 'ForAnyValue' ? prefix : undefined;
  return { name, ifExists, setOperator };
}

/** The operator as policies write it. */
export function formatConditionOperator({ name, ifExists, setOperator }: ConditionOperator): string {
  return `${setOperator === undefined ? '' : `${setOperator}:`}${name}${ifExists ? 'IfExists' : ''}`;
}
