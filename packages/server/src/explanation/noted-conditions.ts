import type { ConditionValues } from '@keyhaven/policy';

/** What is said for condition keys in the place of what the request itself says; keys in lower case. */
export interface StatedConditions {
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** Keys of which nothing is known, whatever stands in for them. */
  readonly unknown: ReadonlySet<string>;
}

/**
 * The values of a request that is not at hand: those that are stated, and else those that follow from everything else. It notes
 * which keys were asked for without an answer, so that an explanation can say what it does not know.
 */
export class NotedConditions implements ConditionValues {
  readonly #stated: StatedConditions;
  readonly #otherwise: ConditionValues;
  readonly #unanswered: Set<string>;

  constructor(stated: StatedConditions, otherwise: ConditionValues, unanswered: Set<string>) {
    this.#stated = stated;
    this.#otherwise = otherwise;
    this.#unanswered = unanswered;
  }

  get(key: string): readonly string[] | undefined {
    const stated = this.#stated.values.get(key);
    if (stated !== undefined) return stated;
    const values = this.#stated.unknown.has(key) ? undefined : this.#otherwise.get(key);
    if (values === undefined) this.#unanswered.add(key);
    return values;
  }
}
