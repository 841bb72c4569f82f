/** A pattern of `*` (any characters, also none) and `?` (one UTF-16 code unit), classified for fast matching. */
export type Glob =
  | { readonly kind: 'any' }
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'prefix'; readonly text: string }
  | { readonly kind: 'general'; readonly pattern: string };

const star = 42;
const questionMark = 63;

/** Classifies a pattern once, so that the common forms (`*`, `kms:*`, plain text) need no scan. */
export function compileGlob(pattern: string): Glob {
  const collapsed = pattern.replaceAll(/\*+/g, '*');
  if (collapsed === '*') return { kind: 'any' };
  if (!hasWildcard(collapsed)) return { kind: 'literal', text: collapsed };
  const head = collapsed.slice(0, -1);
  if (collapsed.endsWith('*') && !hasWildcard(head)) return { kind: 'prefix', text: head };
  return { kind: 'general', pattern: collapsed };
}

/** Whether the pattern stands for more than its own text. */
export function hasWildcard(pattern: string): boolean {
  return pattern.includes('*') || pattern.includes('?');
}

/** Whether the whole text matches. Case-sensitive; at most text length x text length steps for any pattern. */
export function matchesGlob(glob: Glob, text: string): boolean {
  switch (glob.kind) {
    case 'any':
      return true;
    case 'literal':
      return text === glob.text;
    case 'prefix':
      return text.startsWith(glob.text);
    case 'general':
      return matchesGeneral(glob.pattern, text);
  }
}

/**
 * Greedy: after a mismatch only the latest `*` takes one more character. Earlier ones need no second try, because
 * the shortest match of what stands between two stars leaves most text for the rest; so nothing is exponential.
 */
function matchesGeneral(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let afterStar = -1;
  let retryAt = 0;
  while (t < text.length) {
    // NaN past the end equals nothing, which makes an exhausted pattern a mismatch.
    const wanted = pattern.charCodeAt(p);
    if (wanted === star) {
      afterStar = p + 1;
      p = afterStar;
      retryAt = t;
    } else if (wanted === questionMark || wanted === text.charCodeAt(t)) {
      p += 1;
      t += 1;
    } else if (afterStar === -1) {
      return false;
    } else {
      p = afterStar;
      retryAt += 1;
      t = retryAt;
    }
  }
  return p === pattern.length || (p === pattern.length - 1 && pattern.charCodeAt(p) === star);
}
