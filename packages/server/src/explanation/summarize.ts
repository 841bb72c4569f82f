import type { Decision } from '@keyhaven/policy';
import { describePolicy, describeStatement } from './policy-names.ts';

/** The answer in one line: of a refusal AWS's own reason, of anything else the sentence of the explanation. */
export function summarize(decision: Decision, action: string, sentence: string): string {
  if (decision.effect === 'Allow') return `ALLOWED: ${sentence}`;
  if (decision.effect === 'ImplicitDeny')
    return `DENIED: because no ${decision.kind} allows the ${action} action`;
  const { policy, statement } = decision.decider;
  return `DENIED: with an explicit deny in ${describeStatement(statement)} of ${describePolicy(decision.kind, policy)}`;
}
