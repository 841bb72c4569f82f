import type { CompiledPolicy, CompiledStatement, DecidingStatement } from './compile.ts';
import type { CompiledCondition } from './conditions/compiled-condition.ts';
import type { ConditionValues } from './conditions/condition-values.ts';
import { formatConditionOperator } from './elements/condition-operator.ts';
import { matchesPatternSet } from './glob/pattern-set.ts';
import { matchPrincipalSet, type PrincipalMatch } from './principal-set.ts';
import type { PolicyRequest } from './request.ts';
import { matchesResourceSet } from './resource-set.ts';
import type { StatementEffect } from './statement.ts';

/** One condition of a statement, and what came of it. */
export interface ConditionTrace {
  /** As the policy writes it: `ForAnyValue:StringLike`. */
  readonly operator: string;
  readonly key: string;
  /** What the policy wants, as written: variables stand as such. */
  readonly wanted: readonly string[];
  /** What the request says; undefined: the key has no value in it. */
  readonly values: readonly string[] | undefined;
  readonly isMet: boolean;
}

/** One statement of a policy, and which of its elements match a request. */
export interface StatementTrace extends DecidingStatement {
  readonly effect: StatementEffect;
  /** True for every caller where the policy has no principals. */
  readonly matchesPrincipal: boolean;
  /** How the statement names the caller; undefined where it does not, and where the policy has no principals. */
  readonly principalMatch: PrincipalMatch | undefined;
  /** False also where the statement has no action; as with the resource. */
  readonly matchesAction: boolean;
  readonly matchesResource: boolean;
  readonly conditions: readonly ConditionTrace[];
  /** Whether the statement speaks about the request: everything above matches, and every condition is met. */
  readonly applies: boolean;
}

/** Every statement of the policy in the order of its text, whether or not it decides. For explanations: it looks at everything. */
export function traceStatements(policy: CompiledPolicy, request: PolicyRequest): readonly StatementTrace[] {
  return policy.statements.map((statement) => traceStatement(statement, request));
}

function traceStatement(compiled: CompiledStatement, request: PolicyRequest): StatementTrace {
  const { statement, effect, principals, actions, resources } = compiled;
  const principalMatch =
    principals === undefined ? undefined : matchPrincipalSet(principals, request.principal, effect);
  const matchesPrincipal = principals === undefined || principalMatch !== undefined;
  const matchesAction = matchesPatternSet(actions, request.action.toLowerCase());
  const matchesResource = matchesResourceSet(resources, request.resource, request.conditions);
  const conditions = compiled.conditions.map((condition) => traceCondition(condition, request.conditions));
  return {
    ...statement,
    effect,
    matchesPrincipal,
    principalMatch,
    matchesAction,
    matchesResource,
    conditions,
    applies: matchesPrincipal && matchesAction && matchesResource && conditions.every(({ isMet }) => isMet),
  };
}

function traceCondition(compiled: CompiledCondition, values: ConditionValues): ConditionTrace {
  const { condition } = compiled;
  return {
    operator: formatConditionOperator(condition.operator),
    key: condition.key,
    wanted: condition.values,
    values: values.get(condition.key.toLowerCase()),
    isMet: compiled.isMet(values),
  };
}
