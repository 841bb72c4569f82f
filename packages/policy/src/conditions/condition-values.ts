/**
 * What a request says for condition keys: the keys in lower case, each with its values. A key that is not there has no value
 * in the request, which is another thing than an empty value.
 */
export type ConditionValues = ReadonlyMap<string, readonly string[]>;

/** A request that says nothing for any condition key. */
export const noConditionValues: ConditionValues = new Map();

/** A condition ready to be evaluated: whether the request meets it. */
export type CompiledCondition = (request: ConditionValues) => boolean;
