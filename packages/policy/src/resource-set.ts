import type { ConditionValues } from './conditions/condition-values.ts';
import type { PatternElement } from './elements/pattern-element.ts';
import type { PolicyVersion } from './document.ts';
import { compileGlobPattern, matchesGlob } from './glob/glob.ts';
import { compilePatternSet, matchesPatternSet, type PatternSet } from './glob/pattern-set.ts';
import type { StatementEffect } from './statement.ts';
import { parseTemplate, resolveTemplate, type Template } from './variables/template.ts';

/** The resources of one statement. */
export interface ResourceSet {
  /** NotResource. */
  readonly inverted: boolean;
  /** Patterns that are the same for every request. */
  readonly fixed: PatternSet;
  readonly templates: readonly Template[];
  /** What the element answers where a variable has no value and nothing else decides. */
  readonly whenUnresolved: boolean;
}

/**
 * Sorts the patterns of Resource or NotResource. A pattern with a variable that has no value names no resource. In the
 * NotResource of an Allow that would let in what was to be left out, so the element then does not match at all.
 */
export function compileResourceSet(
  { patterns, inverted }: PatternElement,
  effect: StatementEffect,
  version: PolicyVersion,
): ResourceSet {
  const plain = patterns.filter((pattern) => !pattern.includes('${'));
  const templates = patterns
    .filter((pattern) => pattern.includes('${'))
    .map((pattern) => parseTemplate(pattern, version));
  return {
    inverted,
    fixed: compilePatternSet(plain, false),
    templates,
    whenUnresolved: inverted && effect === 'Deny',
  };
}

/** False where the statement is not about the resource, whatever the request says for variables. */
export function mayMatchResource(set: ResourceSet, resource: string): boolean {
  return set.templates.length > 0 || matchesPatternSet(set.fixed, resource) !== set.inverted;
}

/** Whether the statement is about the resource. */
export function matchesResourceSet(set: ResourceSet, resource: string, values: ConditionValues): boolean {
  if (matchesPatternSet(set.fixed, resource)) return !set.inverted;
  let isUnresolved = false;
  for (const template of set.templates) {
    const pattern = resolveTemplate(template, values);
    if (pattern === undefined) isUnresolved = true;
    else if (matchesGlob(compileGlobPattern(pattern), resource)) return !set.inverted;
  }
  return isUnresolved ? set.whenUnresolved : set.inverted;
}
