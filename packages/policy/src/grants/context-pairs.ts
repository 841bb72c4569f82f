/** An encryption context, or the pairs that a constraint names. */
export type ContextPairs = ReadonlyMap<string, string>;

/**
 * Whether `context` has every one of `pairs`. "In a grant constraint, the key in each key-value pair is not case sensitive, but
 * the value is case sensitive" (GrantConstraints, KMS API Reference).
 */
export function includesPairs(context: ContextPairs, pairs: ContextPairs): boolean {
  for (const [key, value] of pairs) {
    if (!includesPair(context, key, value)) return false;
  }
  return true;
}

/** Whether both have the same pairs, in whatever order. */
export function areSamePairs(one: ContextPairs, other: ContextPairs): boolean {
  return one.size === other.size && includesPairs(one, other) && includesPairs(other, one);
}

function includesPair(context: ContextPairs, key: string, value: string): boolean {
  if (context.get(key) === value) return true;
  const lowerCase = key.toLowerCase();
  for (const [otherKey, otherValue] of context) {
    if (otherValue === value && otherKey.toLowerCase() === lowerCase) return true;
  }
  return false;
}
