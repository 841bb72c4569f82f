import { compileGlobPattern, matchesGlob, type Glob } from '../glob/glob.ts';
import { sliceGlobPattern, type GlobPattern } from '../glob/glob-pattern.ts';
import type { Matches, Operator } from './operator.ts';
import { textOperator } from './string-operators.ts';

const partCount = 6;

/**
 * Each of the six parts is compared by itself, so that a wildcard never reaches over a colon but in the last one. A text of
 * fewer parts is no ARN and matches nothing.
 */
function arnLike(pattern: GlobPattern): Matches {
  const bounds = findParts(pattern.text);
  if (bounds === undefined) return () => false;
  const globs = bounds.map(([from, to]) => compileGlobPattern(sliceGlobPattern(pattern, from, to)));
  return (value) => matchesParts(globs, value);
}

function matchesParts(globs: readonly Glob[], value: string): boolean {
  const bounds = findParts(value);
  if (bounds === undefined) return false;
  return globs.every((glob, index) => {
    const [from, to] = bounds[index] ?? [0, 0];
    return matchesGlob(glob, value.slice(from, to));
  });
}

/** Where the parts of an ARN begin and end; the last one holds all further colons. */
function findParts(text: string): readonly (readonly [number, number])[] | undefined {
  const bounds: [number, number][] = [];
  let from = 0;
  while (bounds.length < partCount - 1) {
    const colon = text.indexOf(':', from);
    if (colon === -1) return undefined;
    bounds.push([from, colon]);
    from = colon + 1;
  }
  return [...bounds, [from, text.length]];
}

/** "Amazon Resource Name (ARN) condition operators", IAM User Guide: ArnEquals and ArnLike behave identically. */
export const arnOperators: readonly (readonly [string, Operator])[] = [
  ['ArnEquals', textOperator(arnLike, false)],
  ['ArnLike', textOperator(arnLike, false)],
  ['ArnNotEquals', textOperator(arnLike, true)],
  ['ArnNotLike', textOperator(arnLike, true)],
];
