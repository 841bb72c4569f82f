import { anyUnit, codeAt } from './glob-pattern.ts';
import type { Piece, Work } from './piece.ts';

/** By one byte of a code unit, the piece's positions at which that byte may stand, as bits. */
type Rows = Map<number, Int32Array>;

/**
 * Where a piece with `?` stands first in the text between `start` and `end`; -1: nowhere. Each unit of the text takes a step
 * for every 32 units of the piece (Shift-And: Baeza-Yates, Gonnet: "A New Approach to Text Searching", 1992). The two bytes
 * of a unit have rows of their own, so that there are at most 512 of them whatever the alphabet.
 */
export function findWithGaps(piece: Piece, text: string, start: number, end: number, work: Work): number {
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
