import type { GlobPattern } from './glob-pattern.ts';

/** Counts the steps of a match: code units and words that were looked at. */
export interface Work {
  steps: number;
}

/** What stands between two stars: the pattern's units from one position to another. */
export interface Piece {
  readonly pattern: GlobPattern;
  readonly from: number;
  readonly to: number;
}
