import { conditionTargets } from '../../../packages/policy/src/fuzz/condition-targets.test-support.ts';
import type { FuzzTarget } from '../../../packages/policy/src/fuzz/fuzz-target.test-support.ts';
import { policyTargets } from '../../../packages/policy/src/fuzz/policy-targets.test-support.ts';
import { textTargets } from '../../../packages/policy/src/fuzz/text-targets.test-support.ts';

/** Everything that is fuzzed. A package has its targets in `src/fuzz/`, in files that end in `.test-support.ts`; one line each here. */
export const fuzzTargets: readonly FuzzTarget[] = [...policyTargets, ...conditionTargets, ...textTargets];
