/**
 * What a request says for condition keys, asked by the key in lower case; a Map will do, and so will what computes a value when
 * it is asked. Undefined: the key has no value in the request, which is another thing than an empty value.
 */
export interface ConditionValues {
  get(key: string): readonly string[] | undefined;
}

/** A request that says nothing for any condition key. */
export const noConditionValues: ConditionValues = new Map<string, readonly string[]>();
