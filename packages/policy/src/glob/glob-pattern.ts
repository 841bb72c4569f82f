/** A text in which `*` stands for any characters, also none, and `?` for one UTF-16 code unit. */
export interface GlobPattern {
  readonly text: string;
  /** Positions at which `*` and `?` stand for themselves; undefined: there are none. */
  readonly escaped: ReadonlySet<number> | undefined;
}

/** What `codeAt` answers for wildcards; every other answer is a code unit. */
export const anyText = -1;
export const anyUnit = -2;

const star = 42;
const questionMark = 63;

/** What the pattern wants at this position. */
export function codeAt({ text, escaped }: GlobPattern, at: number): number {
  const code = text.charCodeAt(at);
  if (code !== star && code !== questionMark) return code;
  if (escaped?.has(at) === true) return code;
  return code === star ? anyText : anyUnit;
}

/** The first wildcard's position; the pattern's length where it has none. */
export function findWildcard(pattern: GlobPattern): number {
  const { text } = pattern;
  for (let at = 0; at < text.length; at += 1) if (codeAt(pattern, at) < 0) return at;
  return text.length;
}

/** The part of a pattern from one position to another. */
export function sliceGlobPattern({ text, escaped }: GlobPattern, from: number, to: number): GlobPattern {
  const positions = [...(escaped ?? [])].filter((at) => at >= from && at < to).map((at) => at - from);
  return { text: text.slice(from, to), escaped: positions.length === 0 ? undefined : new Set(positions) };
}
