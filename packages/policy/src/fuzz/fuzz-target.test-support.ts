import type { IRawProperty } from 'fast-check';

/** Something that must hold for every input. It makes its inputs from a seed, and a failing one smaller. */
export interface FuzzTarget {
  /** In one line, what is tried. */
  readonly name: string;
  /** Made anew for each round: a property may remember what it has tried. */
  readonly property: () => IRawProperty<unknown>;
}
