import { anyText, codeAt, findWildcard, type GlobPattern } from './glob-pattern.ts';
import { matchesPattern } from './match-pattern.ts';
import { findShortPieces, matchesShortPieces, type ShortPieces } from './short-pieces.ts';

/** A pattern classified for fast matching. */
export type Glob =
  | { readonly kind: 'any' }
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'prefix'; readonly text: string }
  | { readonly kind: 'pieces'; readonly pieces: ShortPieces }
  | { readonly kind: 'general'; readonly pattern: GlobPattern };

/** Classifies a pattern once, so that the common forms (`*`, `kms:*`, plain text) need no scan. */
export function compileGlob(text: string): Glob {
  return compileGlobPattern({ text, escaped: undefined });
}

/** As compileGlob, of a pattern in which wildcards may stand for themselves. */
export function compileGlobPattern(pattern: GlobPattern): Glob {
  const { text } = pattern;
  const wildcardAt = findWildcard(pattern);
  if (wildcardAt === text.length) return { kind: 'literal', text };
  for (let at = wildcardAt; at < text.length; at += 1) {
    if (codeAt(pattern, at) !== anyText) return compileWild(pattern);
  }
  return wildcardAt === 0 ? { kind: 'any' } : { kind: 'prefix', text: text.slice(0, wildcardAt) };
}

function compileWild(pattern: GlobPattern): Glob {
  const pieces = findShortPieces(pattern);
  return pieces === undefined ? { kind: 'general', pattern } : { kind: 'pieces', pieces };
}

/** Whether the text stands for more than itself. */
export function hasWildcard(text: string): boolean {
  return text.includes('*') || text.includes('?');
}

/** Whether the whole text matches, case-sensitively. `match-pattern.ts` and `short-pieces.ts` say how
 * many steps that takes at most. */
export function matchesGlob(glob: Glob, text: string): boolean {
  switch (glob.kind) {
    case 'any':
      return true;
    case 'literal':
      return text === glob.text;
    case 'prefix':
      return text.startsWith(glob.text);
    case 'pieces':
      return matchesShortPieces(glob.pieces, text);
    case 'general':
      return matchesPattern(glob.pattern, text, { steps: 0 });
  }
}

/** How many steps matchesGlob takes for a pattern that needs a scan; the tests hold it to its bound. */
export function countGlobSteps(pattern: string, text: string): number {
  const work = { steps: 0 };
  matchesPattern({ text: pattern, escaped: undefined }, text, work);
  return work.steps;
}
