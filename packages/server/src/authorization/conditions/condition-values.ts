import type { ConditionValues } from '@keyhaven/policy';
import { attestationRows } from './attestation-rows.ts';
import { callerRows } from './caller-rows.ts';
import type { ConditionRow, JudgedPermission, RequestFacts, Values } from './condition-row.ts';
import { grantRows } from './grant-rows.ts';
import { parameterRows } from './parameter-rows.ts';
import { requestRows } from './request-rows.ts';
import { resourceRows } from './resource-rows.ts';
import { sessionRows } from './session-rows.ts';

/** Every condition key that requests have values for. Of any other key a request says nothing. */
export const conditionRows: readonly ConditionRow[] = [
  ...callerRows,
  ...requestRows,
  ...sessionRows,
  ...resourceRows,
  ...parameterRows,
  ...grantRows,
  ...attestationRows,
];

const isFamily = ({ name }: ConditionRow): boolean => /[:/]$/.test(name);

const single = new Map(
  conditionRows.filter((row) => !isFamily(row)).map((row) => [row.name.toLowerCase(), row]),
);
const families = conditionRows.filter(isFamily).map((row) => ({ row, prefix: row.name.toLowerCase() }));

/**
 * What a request says for condition keys, for one of its permissions; each value is computed when a policy asks for it. Keys
 * that are for IAM policies only have no value in a key policy.
 */
export class RequestConditions implements ConditionValues {
  readonly #request: RequestFacts;
  readonly #permission: JudgedPermission;
  readonly #isKeyPolicy: boolean;
  /** What was asked of families, such as encryption contexts: a large policy asks for the same again and again. */
  #asked: Map<string, Values> | undefined;

  constructor(request: RequestFacts, permission: JudgedPermission, asks: 'key policy' | 'any other policy') {
    this.#request = request;
    this.#permission = permission;
    this.#isKeyPolicy = asks === 'key policy';
  }

  /** `key` in lower case. */
  get(key: string): Values {
    const row = single.get(key);
    if (row !== undefined) return this.#valuesOf(row, '');
    const asked = (this.#asked ??= new Map<string, Values>());
    const known = asked.get(key);
    if (known !== undefined) return known;
    const values = this.#valuesInFamily(key);
    asked.set(key, values);
    return values;
  }

  #valuesInFamily(key: string): Values {
    for (const { row, prefix } of families) {
      if (key.startsWith(prefix)) return this.#valuesOf(row, key.slice(prefix.length));
    }
    return undefined;
  }

  #valuesOf(row: ConditionRow, rest: string): Values {
    if (this.#isKeyPolicy && row.isForIamOnly === true) return undefined;
    return row.valuesIn(this.#request, this.#permission, rest);
  }
}
