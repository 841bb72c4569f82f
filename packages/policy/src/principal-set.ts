import type { PrincipalElement } from './elements/principal.ts';
import type { RequestPrincipal } from './request.ts';

/** The principals of one statement; `inverted` for NotPrincipal. */
export interface PrincipalSet {
  readonly inverted: boolean;
  readonly anyone: boolean;
  /** Accounts written as a bare id; they match in every partition. */
  readonly accountIds: ReadonlySet<string>;
  /** ARNs as written; they match literally, partition included. */
  readonly arns: ReadonlySet<string>;
}

/**
 * Sorts the principals of a statement by how they match. Names of other kinds stay out: a Federated principal is free
 * text and must not pass for an ARN, and no caller is a service or has a unique id yet.
 */
export function compilePrincipalSet(element: PrincipalElement): PrincipalSet {
  const accountIds = new Set<string>();
  const arns = new Set<string>();
  for (const principal of element.principals) {
    if (!('accountId' in principal)) continue;
    if (principal.name === principal.accountId) accountIds.add(principal.name);
    else arns.add(principal.name);
  }
  const anyone = element.principals.some(({ kind }) => kind === 'anyone');
  return { inverted: element.inverted, anyone, accountIds, arns };
}

/** Whether the statement is about this caller. */
export function matchesPrincipalSet(set: PrincipalSet, principal: RequestPrincipal): boolean {
  return (set.anyone || isNamed(set, principal)) !== set.inverted;
}

/** A root is named by its ARN or by its account's id; each further kind of caller gets its own rule here. */
function isNamed(set: PrincipalSet, root: RequestPrincipal): boolean {
  return set.arns.has(root.arn) || set.accountIds.has(root.accountId);
}
