import { anyText, anyUnit, codeAt, type GlobPattern } from './glob-pattern.ts';

/** A pattern of stars and short plain pieces, as most with wildcards are: `arn:aws:kms:*:111122223333:key/*`. */
export interface ShortPieces {
  /** What stands before the first star, and behind the last. */
  readonly prefix: string;
  readonly suffix: string;
  /** What stands between two stars; none is empty. */
  readonly between: readonly string[];
}

/** So that a search for a piece compares at most this many units at each place of the text. */
const longestPiece = 32;

/** The pieces of a pattern that has a star; undefined where it has a `?`, or a long piece between its stars. */
export function findShortPieces(pattern: GlobPattern): ShortPieces | undefined {
  const pieces: string[] = [];
  let from = 0;
  for (let at = 0; at < pattern.text.length; at += 1) {
    const code = codeAt(pattern, at);
    if (code === anyUnit) return undefined;
    if (code !== anyText) continue;
    pieces.push(pattern.text.slice(from, at));
    from = at + 1;
  }
  const [prefix = '', ...others] = pieces;
  const between = others.filter((piece) => piece !== '');
  if (between.some((piece) => piece.length > longestPiece)) return undefined;
  return { prefix, suffix: pattern.text.slice(from), between };
}

/**
 * Whether the whole text matches. Pieces are found one after the other, each as early as it goes, because that leaves the most text
 * to the others; so no part of the text is searched twice, and there are at most 32 comparisons for each of its units and 32 for
 * each unit of the pattern.
 */
export function matchesShortPieces({ prefix, suffix, between }: ShortPieces, text: string): boolean {
  const end = text.length - suffix.length;
  let at = prefix.length;
  if (at > end || !text.startsWith(prefix) || !text.endsWith(suffix)) return false;
  for (const piece of between) {
    const found = text.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
    if (at > end) return false;
  }
  return true;
}
