import { no, type DecisionCase, type StatementText } from './decision-case.ts';
import { alice, lets, when } from './statements.ts';

type Condition = NonNullable<StatementText['Condition']>;
type Values = NonNullable<DecisionCase['values']>;

/** A request that a statement under a condition is asked about, with what it says for condition keys. */
export type Asked = Pick<DecisionCase, 'request'> &
  Partial<Pick<DecisionCase, 'values' | 'key' | 'pureOnly'>>;

/**
 * Cases of one condition: a key policy lets alice do everything under it and says nothing else, so that its being met
 * decides.
 */
export function conditionCases(
  page: string,
  rows: readonly (readonly [name: string, condition: Condition, asked: Asked, outcome: 'met' | 'not met'])[],
): readonly DecisionCase[] {
  return rows.map(([name, condition, asked, outcome]) => ({
    name,
    page,
    principal: 'alice',
    keyPolicy: [lets(alice, 'kms:*', when(condition))],
    ...asked,
    expected: outcome === 'met' ? 'allow' : no('resource-based policy'),
  }));
}

/** Encrypt under an encryption context. */
export function encrypting(context: Readonly<Record<string, string>>): Asked {
  return {
    request: { operation: 'Encrypt', input: { EncryptionContext: context } },
    values: contextValues(context),
  };
}

/** What an encryption context says for condition keys; the keys of its pairs match whatever their case. */
export function contextValues(context: Readonly<Record<string, string>>): Values {
  const pairs = Object.entries(context).map(([key, value]) => [
    `kms:EncryptionContext:${key.toLowerCase()}`,
    value,
  ]);
  return { ...Object.fromEntries(pairs), 'kms:EncryptionContextKeys': Object.keys(context) } as Values;
}

/** Encrypt without an encryption context. */
export const plainly: Asked = { request: { operation: 'Encrypt' } };

/** An operation with what it says for condition keys. */
export function asking(
  operation: string,
  input: Readonly<Record<string, unknown>>,
  values: Values,
  rest: Partial<Asked> = {},
): Asked {
  return { request: { operation, input }, values, ...rest };
}
