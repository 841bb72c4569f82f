import type { Piece, Work } from './piece.ts';

/** Of every beginning of the piece, how long its longest proper beginning is that is its end too. Used again by each search. */
let borders = new Int32Array(64);

/**
 * Where a piece without wildcards stands first in the text between `start` and `end`; -1: nowhere. It takes at most two
 * steps for each unit of the piece and of the text (Knuth, Morris, Pratt: "Fast Pattern Matching in Strings", 1977).
 */
export function findLiteral(piece: Piece, text: string, start: number, end: number, work: Work): number {
  let found = -1;
  scanLiteral(piece, text, start, end, work, (at) => {
    found = at;
    return false;
  });
  return found;
}

/** Tells every place at which the piece stands, overlapping ones too, until `onFound` answers false; steps as findLiteral. */
export function scanLiteral(
  { pattern, from, to }: Piece,
  text: string,
  start: number,
  end: number,
  work: Work,
  onFound: (at: number) => boolean,
): void {
  const piece = pattern.text;
  const length = to - from;
  fillBorders(piece, from, length, work);
  let matched = 0;
  for (let at = start; at < end; at += 1) {
    matched = extend(piece, from, matched, text.charCodeAt(at), work);
    if (matched < length) continue;
    if (!onFound(at - length + 1)) return;
    matched = borders[length - 1] ?? 0;
  }
}

function fillBorders(piece: string, from: number, length: number, work: Work): void {
  if (borders.length < length) borders = new Int32Array(2 * length);
  borders[0] = 0;
  let matched = 0;
  for (let i = 1; i < length; i += 1) {
    matched = extend(piece, from, matched, piece.charCodeAt(from + i), work);
    borders[i] = matched;
  }
}

/** How much of the piece has matched after one more unit; less than before where that takes a shorter beginning. */
function extend(piece: string, from: number, before: number, code: number, work: Work): number {
  let matched = before;
  work.steps += 1;
  while (matched > 0 && piece.charCodeAt(from + matched) !== code) {
    matched = borders[matched - 1] ?? 0;
    work.steps += 1;
  }
  return piece.charCodeAt(from + matched) === code ? matched + 1 : matched;
}
