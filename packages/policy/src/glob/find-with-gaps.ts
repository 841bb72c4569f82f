import { scanLiteral } from './find-literal.ts';
import { anyUnit, codeAt } from './glob-pattern.ts';
import type { Piece, Work } from './piece.ts';

/** By one byte of a code unit, the piece's positions at which that byte may stand, as bits. */
type Rows = Map<number, Int32Array>;

/**
 * Where a piece with `?` stands first in the text between `start` and `end`; -1: nowhere. By words each unit of the text takes a
 * step for every 32 units of the piece, by runs at most three for each run of units between the gaps; the cheaper way is taken.
 */
export function findWithGaps(piece: Piece, text: string, start: number, end: number, work: Work): number {
  const runs = findRuns(piece);
  work.steps += piece.to - piece.from;
  const isCheaperByRuns = 3 * runs.length < Math.ceil((piece.to - piece.from) / 32);
  return isCheaperByRuns
    ? findByRuns(piece, runs, text, start, end, work)
    : findByWords(piece, text, start, end, work);
}

/** The parts of the piece between its gaps. */
function findRuns({ pattern, from, to }: Piece): readonly Piece[] {
  const runs: Piece[] = [];
  let first = from;
  for (let at = from; at <= to; at += 1) {
    if (at < to && codeAt(pattern, at) !== anyUnit) continue;
    if (at > first) runs.push({ pattern, from: first, to: at });
    first = at + 1;
  }
  return runs;
}

/** Each run votes for where the piece would begin; it begins where all of them agree. */
function findByRuns(
  { from, to }: Piece,
  runs: readonly Piece[],
  text: string,
  start: number,
  end: number,
  work: Work,
): number {
  const votes = new Int32Array(end - start - (to - from) + 1);
  for (const run of runs) {
    const offset = run.from - from;
    scanLiteral(run, text, start + offset, end - (to - run.to), work, (at) => {
      votes[at - offset - start] = (votes[at - offset - start] ?? 0) + 1;
      return true;
    });
  }
  work.steps += votes.length;
  const found = votes.indexOf(runs.length);
  return found === -1 ? -1 : start + found;
}

/**
 * Shift-And (Baeza-Yates, Gonnet: "A New Approach to Text Searching", 1992). The two bytes of a unit have rows of their own, so
 * that there are at most 512 of them whatever the alphabet.
 */
function findByWords(piece: Piece, text: string, start: number, end: number, work: Work): number {
  const length = piece.to - piece.from;
  const words = Math.ceil(length / 32);
  const { gaps, low, high } = prepareRows(piece, words, work);
  const state = new Int32Array(words);
  const lastBit = 1 << ((length - 1) & 31);
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    advance(state, low.get(code & 255) ?? gaps, high.get(code >> 8) ?? gaps);
    work.steps += words;
    if (((state[words - 1] ?? 0) & lastBit) !== 0) return at - length + 1;
  }
  return -1;
}

/** Bit i of the state: the piece's first i + 1 units match what was read last. */
function advance(state: Int32Array, low: Int32Array, high: Int32Array): void {
  let carry = 1;
  for (let word = 0; word < state.length; word += 1) {
    const bits = state[word] ?? 0;
    state[word] = ((bits << 1) | carry) & (low[word] ?? 0) & (high[word] ?? 0);
    carry = bits >>> 31;
  }
}

function prepareRows({ pattern, from, to }: Piece, words: number, work: Work) {
  const gaps = new Int32Array(words);
  for (let at = from; at < to; at += 1) if (codeAt(pattern, at) === anyUnit) setBit(gaps, at - from);
  const low: Rows = new Map();
  const high: Rows = new Map();
  for (let at = from; at < to; at += 1) {
    const code = codeAt(pattern, at);
    if (code === anyUnit) continue;
    setBit(rowOf(low, code & 255, gaps, work), at - from);
    setBit(rowOf(high, code >> 8, gaps, work), at - from);
  }
  work.steps += to - from;
  return { gaps, low, high };
}

function rowOf(rows: Rows, byte: number, gaps: Int32Array, work: Work): Int32Array {
  let row = rows.get(byte);
  if (row === undefined) {
    row = gaps.slice();
    rows.set(byte, row);
    work.steps += gaps.length;
  }
  return row;
}

function setBit(bits: Int32Array, at: number): void {
  bits[at >> 5] = (bits[at >> 5] ?? 0) | (1 << (at & 31));
}
