import type { CompiledStatement } from '../compile.ts';
import type { CompiledCondition } from '../conditions/compiled-condition.ts';
import { matchesPatternSet } from '../glob/pattern-set.ts';
import { matchesResourceSet } from '../resource-set.ts';

/** The values of condition keys, in lower case, that every request in question has; an empty list: none has the key. */
export type KnownValues = ReadonlyMap<string, readonly string[]>;

/** Whether a statement applies to requests of which only `KnownValues` are known. */
export type Certainty = 'always' | 'perhaps' | 'never';

/** The certainty of a statement on a resource, whatever the action and whoever the caller. */
export function certaintyOf(statement: CompiledStatement, resource: string, known: KnownValues): Certainty {
  const parts = [
    certaintyOfResource(statement, resource, known),
    ...statement.conditions.map((condition) => certaintyOfCondition(condition, known)),
  ];
  if (parts.includes('never')) return 'never';
  return parts.includes('perhaps') ? 'perhaps' : 'always';
}

/** A condition is certain where its key is known and its values have no variables. */
export function certaintyOfCondition(compiled: CompiledCondition, known: KnownValues): Certainty {
  const { key, values } = compiled.condition;
  if (!known.has(key.toLowerCase()) || values.some(hasVariable)) return 'perhaps';
  return compiled.isMet(known) ? 'always' : 'never';
}

/** A resource is certain unless a variable decides on it. */
function certaintyOfResource(
  { resources }: CompiledStatement,
  resource: string,
  known: KnownValues,
): Certainty {
  const isFixed = resources.templates.length === 0 || matchesPatternSet(resources.fixed, resource);
  if (!isFixed) return 'perhaps';
  return matchesResourceSet(resources, resource, known) ? 'always' : 'never';
}

function hasVariable(value: string): boolean {
  return value.includes('${');
}
