import type { Decider, Decision } from '@keyhaven/policy';

/**
 * What let a caller in, for the audit record: a statement of the key policy by its Sid or its place, of any other policy with
 * the policy's kind and name before it, or a grant. Undefined for a root user in its own account, which no policy speaks of.
 */
export function describeDecision({
  deciders,
}: Extract<Decision, { readonly effect: 'Allow' }>): string | undefined {
  const [first, ...others] = deciders;
  let text = first === undefined ? undefined : describe(first);
  for (const other of others) text = joined(text, describe(other));
  return text;
}

/** Two descriptions as one; the same is said once. */
export function joined(before: string | undefined, added: string | undefined): string | undefined {
  if (before === undefined || before === added) return added;
  return added === undefined ? before : `${before}, ${added}`;
}

function describe(decider: Decider): string | undefined {
  if (decider.kind === 'root user') return undefined;
  if (decider.kind === 'grant') return `grant ${decider.grantId}`;
  const statement = statementName(decider.statement);
  if (decider.kind === 'resource-based policy') return statement;
  return `${decider.kind} ${decider.policy}#${statement}`;
}

function statementName({ sid, index }: { readonly sid: string | undefined; readonly index: number }): string {
  return sid ?? `Statement[${index}]`;
}
