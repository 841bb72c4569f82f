import { compileGlob, hasWildcard, matchesGlob, type Glob } from './glob.ts';

/** Patterns of which any may match; `inverted` turns the answer round (NotAction, NotResource). */
export interface PatternSet {
  readonly inverted: boolean;
  readonly any: boolean;
  readonly exact: ReadonlySet<string>;
  readonly globs: readonly Glob[];
}

/** Sorts the patterns into everything, plain texts and globs. */
export function compilePatternSet(patterns: readonly string[], inverted: boolean): PatternSet {
  const wild = new Set(patterns.filter(hasWildcard));
  const globs = [...wild].map(compileGlob);
  return {
    inverted,
    any: globs.some((glob) => glob.kind === 'any'),
    exact: new Set(patterns.filter((pattern) => !wild.has(pattern))),
    globs,
  };
}

/** Whether the element that the set stands for includes the text. */
export function matchesPatternSet(set: PatternSet, text: string): boolean {
  return (set.any || set.exact.has(text) || matchesAnyGlob(set.globs, text)) !== set.inverted;
}

function matchesAnyGlob(globs: readonly Glob[], text: string): boolean {
  for (const glob of globs) {
    if (matchesGlob(glob, text)) return true;
  }
  return false;
}
