import { findLiteral } from './find-literal.ts';
import { findWithGaps } from './find-with-gaps.ts';
import { anyText, anyUnit, codeAt, type GlobPattern } from './glob-pattern.ts';
import type { Piece, Work } from './piece.ts';

/**
 * Whether the whole text matches the pattern.
 *
 * The pieces between the stars are found one after the other, each as early as it goes, because that leaves the most text to
 * the others. The steps are at most 4 x (pattern + text), in code units, where no `?` stands between two other characters of
 * a piece. A piece of g units with such gaps, which make r runs of it, takes at most the lesser of ceil(g / 32) and 3 x r + 1
 * steps for each unit of the text that it is looked for in, and at most 512 x ceil(g / 32) + 4 x g to prepare. It is not looked for
 * where it is longer than the text.
 */
export function matchesPattern(pattern: GlobPattern, text: string, work: Work): boolean {
  const { length } = pattern.text;
  const firstStar = findStar(pattern, 0, work);
  if (firstStar === length) return length === text.length && matchesAt(pattern, 0, length, text, 0, work);
  const lastStar = findLastStar(pattern, work);
  const end = text.length - (length - lastStar - 1);
  if (end < firstStar) return false;
  if (!matchesAt(pattern, 0, firstStar, text, 0, work)) return false;
  if (!matchesAt(pattern, lastStar + 1, length, text, end, work)) return false;
  let at = firstStar;
  for (let from = firstStar + 1; from <= lastStar;) {
    const to = findStar(pattern, from, work);
    const found = findPiece({ pattern, from, to }, text, at, end, work);
    if (found === -1) return false;
    at = found + to - from;
    from = to + 1;
  }
  return true;
}

function findStar(pattern: GlobPattern, from: number, work: Work): number {
  let at = from;
  while (at < pattern.text.length && codeAt(pattern, at) !== anyText) at += 1;
  work.steps += at - from + 1;
  return at;
}

function findLastStar(pattern: GlobPattern, work: Work): number {
  let at = pattern.text.length - 1;
  while (codeAt(pattern, at) !== anyText) at -= 1;
  work.steps += pattern.text.length - at;
  return at;
}

/** Whether the pattern's part, which has no star, is what stands in the text from `at` on. */
function matchesAt(
  pattern: GlobPattern,
  from: number,
  to: number,
  text: string,
  at: number,
  work: Work,
): boolean {
  for (let i = from; i < to; i += 1) {
    work.steps += 1;
    const code = codeAt(pattern, i);
    if (code !== anyUnit && code !== text.charCodeAt(at + i - from)) return false;
  }
  return true;
}

/** Where the piece stands first in the text between `start` and `end`; -1: nowhere. */
function findPiece(
  { pattern, from, to }: Piece,
  text: string,
  start: number,
  end: number,
  work: Work,
): number {
  if (to - from > end - start) return -1;
  let first = from;
  while (first < to && codeAt(pattern, first) === anyUnit) first += 1;
  if (first === to) return start;
  let last = to;
  while (codeAt(pattern, last - 1) === anyUnit) last -= 1;
  work.steps += to - from;
  const find = hasGap(pattern, first, last) ? findWithGaps : findLiteral;
  const lead = first - from;
  const found = find({ pattern, from: first, to: last }, text, start + lead, end - (to - last), work);
  return found === -1 ? -1 : found - lead;
}

function hasGap(pattern: GlobPattern, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (codeAt(pattern, at) === anyUnit) return true;
  return false;
}
