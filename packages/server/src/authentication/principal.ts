import type { RequestPrincipal, RootPrincipal } from '@keyhaven/policy';

/** Who a credential speaks for. */
export type Principal = RequestPrincipal;

/** The root user of the account with this 12-digit id. */
export function rootPrincipal(accountId: string): RootPrincipal {
  return { kind: 'root', accountId, arn: `arn:aws:iam::${accountId}:root`, principalId: accountId };
}
