import { compileConditions } from './conditions/compile-conditions.ts';
import type { CompiledCondition } from './conditions/condition-values.ts';
import type { PatternElement } from './elements/pattern-element.ts';
import type { PolicyDocument, PolicyVersion } from './document.ts';
import { compilePatternSet, type PatternSet } from './pattern-set.ts';
import { compilePrincipalSet, type PrincipalSet } from './principal-set.ts';
import type { Statement, StatementEffect } from './statement.ts';
import { assumeConditions, assumeVariableMatches, hasPolicyVariable } from './unevaluated.ts';

/** The statement that decided: its position from 0, and its Sid. */
export interface DecidingStatement {
  readonly index: number;
  readonly sid: string | undefined;
}

/** What a policy says to a request. Decisions are shared and frozen. */
export interface PolicyDecision {
  readonly effect: 'Allow' | 'ExplicitDeny' | 'ImplicitDeny';
  /** Absent from an implicit deny: no statement decided it. */
  readonly statement?: DecidingStatement;
}

/** A statement that can match, with its matchers and the decision it leads to. */
export interface CompiledStatement {
  readonly principals: PrincipalSet;
  /** In lower case: actions match whatever their case. */
  readonly actions: PatternSet;
  readonly resources: PatternSet;
  /** All of them must be met. */
  readonly conditions: readonly CompiledCondition[];
  readonly decision: PolicyDecision;
}

/** A policy ready to be evaluated: immutable, free of the document, shareable between keys. */
export interface CompiledPolicy {
  readonly denies: readonly CompiledStatement[];
  readonly allows: readonly CompiledStatement[];
}

/** Prepares matchers once; statements that can never match are left out. */
export function compilePolicy(document: PolicyDocument): CompiledPolicy {
  return { denies: compileStatements(document, 'Deny'), allows: compileStatements(document, 'Allow') };
}

function compileStatements(document: PolicyDocument, effect: StatementEffect): readonly CompiledStatement[] {
  return document.statements
    .filter((statement) => statement.effect === effect)
    .map((statement) => compileStatement(statement, document.version))
    .filter((compiled) => compiled !== undefined);
}

function compileStatement(statement: Statement, version: PolicyVersion): CompiledStatement | undefined {
  const { action, resource, principal, effect } = statement;
  if (action === undefined || resource === undefined) return undefined;
  const conditions = compileConditions(statement.conditions, version) ?? assumeConditions(effect);
  if (conditions === undefined) return undefined;
  return {
    principals: compilePrincipalSet(principal),
    actions: compilePatternSet(
      action.patterns.map((pattern) => pattern.toLowerCase()),
      action.inverted,
    ),
    resources: compileResources(resource, effect, version),
    conditions,
    decision: compileDecision(statement),
  };
}

function compileResources(
  element: PatternElement,
  effect: StatementEffect,
  version: PolicyVersion,
): PatternSet {
  const patterns = element.patterns.filter((pattern) => !hasPolicyVariable(pattern, version));
  const hasVariables = patterns.length < element.patterns.length;
  if (hasVariables && assumeVariableMatches(effect, element.inverted)) patterns.push('*');
  return compilePatternSet(patterns, element.inverted);
}

function compileDecision({ effect, index, sid }: Statement): PolicyDecision {
  return Object.freeze({
    effect: effect === 'Deny' ? 'ExplicitDeny' : 'Allow',
    statement: Object.freeze({ index, sid }),
  });
}
