import type { PolicyVersion } from '../document.ts';
import type { Condition } from '../elements/condition.ts';
import type { StatementEffect } from '../statement.ts';
import type { ConditionValues } from './condition-values.ts';
import type { Matches, Operator, WantedValue } from './operator.ts';
import { findBoolean } from './other-operators.ts';

/** A condition ready to be evaluated. A policy can have thousands, so they are objects of a class, which share their methods. */
export interface CompiledCondition {
  readonly condition: Condition;
  /** Whether the request meets it. */
  isMet(request: ConditionValues): boolean;
}

/**
 * `true` is met by a request without the key, `false` by one with it ("Null condition operator", IAM User Guide). A set
 * operator changes nothing about that. IAM gives other values no meaning; they are never met.
 */
export class NullCondition implements CompiledCondition {
  readonly condition: Condition;
  readonly #key: string;

  constructor(condition: Condition) {
    this.condition = condition;
    this.#key = lowerCase(condition.key);
  }

  isMet(request: ConditionValues): boolean {
    const isAbsent = (request.get(this.#key)?.length ?? 0) === 0;
    return this.condition.values.some((value) => findBoolean(value) === isAbsent);
  }
}

/**
 * Values are compared with OR, and with NOR where the operator is negated. Without a set operator a key that the request
 * does not have is matched by the negated operators alone, with `IfExists` by all; ForAllValues is then met, ForAnyValue
 * is not ("Condition operators" and "Set operators for multivalued context keys", IAM User Guide).
 *
 * A value of the policy that is not of the operator's type, or whose variable has no value, matches nothing. IAM does not
 * say what that means for a negated operator; here it never helps: an Allow is then not met, a Deny is.
 */
export class OperatorCondition implements CompiledCondition {
  readonly condition: Condition;
  readonly #key: string;
  readonly #isNegated: boolean;
  /** One value is all there is without a set operator; of several, none may be among those that a negation excludes. */
  readonly #isAll: boolean;
  readonly #effect: StatementEffect;
  readonly #wanted: readonly WantedValue[];
  /** Undefined where a value has variables, which each request resolves for itself. */
  readonly #fixed: readonly (Matches | undefined)[] | undefined;

  constructor(condition: Condition, operator: Operator, effect: StatementEffect, version: PolicyVersion) {
    this.condition = condition;
    this.#key = lowerCase(condition.key);
    const { setOperator } = condition.operator;
    this.#isNegated = operator.isNegated;
    this.#isAll = setOperator === undefined ? operator.isNegated : setOperator === 'ForAllValues';
    this.#effect = effect;
    this.#wanted = condition.values.map((value) => operator.compile(value, version));
    const fixed = this.#wanted.filter((value) => typeof value !== 'object');
    this.#fixed = fixed.length === this.#wanted.length ? fixed : undefined;
  }

  isMet(request: ConditionValues): boolean {
    const values = request.get(this.#key);
    const isAll = this.#isAll;
    if (values === undefined || values.length === 0) return this.condition.operator.ifExists || isAll;
    const isNegated = this.#isNegated;
    const matchers = this.#fixed ?? this.#resolve(request);
    if (isNegated && matchers.includes(undefined)) return this.#effect === 'Deny';
    for (const value of values) {
      const isMatch = isMatchedByAny(matchers, value) !== isNegated;
      if (isMatch !== isAll) return isMatch;
    }
    return isAll;
  }

  #resolve(request: ConditionValues): readonly (Matches | undefined)[] {
    return this.#wanted.map((value) => (typeof value === 'object' ? value.resolve(request) : value));
  }
}

function isMatchedByAny(matchers: readonly (Matches | undefined)[], value: string): boolean {
  for (const matches of matchers) if (matches?.(value) === true) return true;
  return false;
}

/** The same string where it is in lower case already: nothing more to hold. */
function lowerCase(text: string): string {
  const lower = text.toLowerCase();
  return lower === text ? text : lower;
}
