import { compileConditions } from './conditions/compile-conditions.ts';
import type { CompiledCondition } from './conditions/compiled-condition.ts';
import type { PatternElement } from './elements/pattern-element.ts';
import type { PolicyDocument } from './document.ts';
import { compilePatternSet, type PatternSet } from './glob/pattern-set.ts';
import { compilePrincipalSet, type PrincipalMatch, type PrincipalSet } from './principal-set.ts';
import { compileResourceSet, type ResourceSet } from './resource-set.ts';
import type { Statement, StatementEffect } from './statement.ts';
import { StatementsByAction } from './statements-by-action.ts';

/** The statement that decided: its position from 0, and its Sid. */
export interface DecidingStatement {
  readonly index: number;
  readonly sid: string | undefined;
}

/** What a policy says to a request. */
export interface PolicyDecision {
  readonly effect: 'Allow' | 'ExplicitDeny' | 'ImplicitDeny';
  /** Absent from an implicit deny: no statement decided it. */
  readonly statement?: DecidingStatement;
  /** How an Allow of a policy with principals names the caller; absent from every other decision. */
  readonly principalMatch?: PrincipalMatch;
}

/** A statement with its matchers. One that lacks its action or its resource matches nothing. */
export interface CompiledStatement {
  readonly statement: DecidingStatement;
  readonly effect: StatementEffect;
  /** Undefined: the policy has no principals, the statement is about everyone. */
  readonly principals: PrincipalSet | undefined;
  /** In lower case: actions match whatever their case. */
  readonly actions: PatternSet;
  readonly resources: ResourceSet;
  /** All of them must be met. */
  readonly conditions: readonly CompiledCondition[];
}

/** A policy ready to be evaluated: free of the document, shareable between keys. Its values never change. */
export interface CompiledPolicy {
  /** All of them, in the order of the text. */
  readonly statements: readonly CompiledStatement[];
  readonly byAction: StatementsByAction;
}

const noBindings: ReadonlyMap<string, string> = new Map();

/**
 * Prepares matchers once. `bindings` maps principals' ARNs to unique ids, which then match in their place: a user's `AIDA...`, a
 * role's `AROA...`, and `AROA...:<session name>` for the ARN of a role session.
 */
export function compilePolicy(
  document: PolicyDocument,
  bindings: ReadonlyMap<string, string> = noBindings,
): CompiledPolicy {
  const statements = document.statements.map((statement) => compileStatement(statement, document, bindings));
  return { statements, byAction: new StatementsByAction(statements) };
}

const nothing = compilePatternSet([], false);
/** A trust policy speaks of the role that it is attached to, and says so by naming no resource. */
const ownRole: PatternElement = { patterns: ['*'], inverted: false };
const noResource: PatternElement = { patterns: [], inverted: false };

function compileStatement(
  { index, sid, effect, principal, action, resource, conditions }: Statement,
  { kind, version }: PolicyDocument,
  bindings: ReadonlyMap<string, string>,
): CompiledStatement {
  return {
    statement: Object.freeze({ index, sid }),
    effect,
    principals: principal === undefined ? undefined : compilePrincipalSet(principal, bindings),
    actions: action === undefined ? nothing : compileActions(action),
    resources: compileResourceSet(resource ?? (kind === 'trust' ? ownRole : noResource), effect, version),
    conditions: compileConditions(conditions, effect, version),
  };
}

function compileActions({ patterns, inverted }: PatternElement): PatternSet {
  return compilePatternSet(
    patterns.map((pattern) => pattern.toLowerCase()),
    inverted,
  );
}
