import fc from 'fast-check';
import type { FuzzTarget } from '../../../packages/policy/src/fuzz/fuzz-target.test-support.ts';

/** How a target failed. */
export interface FuzzFailure {
  readonly seed: number;
  /** The smallest input that was found, as JavaScript. */
  readonly input: string;
  readonly reason: string;
}

/** Tries a target with so many inputs made from the seed; undefined: it held for all of them. */
export async function runTarget(
  target: FuzzTarget,
  seed: number,
  inputs: number,
): Promise<FuzzFailure | undefined> {
  const details = await fc.check(target.property(), { seed, numRuns: inputs });
  if (!details.failed) return undefined;
  const { errorInstance } = details;
  const reason =
    errorInstance instanceof Error ? (errorInstance.stack ?? errorInstance.message) : String(errorInstance);
  return { seed, input: fc.stringify(details.counterexample), reason };
}
