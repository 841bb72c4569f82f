/** Who a credential speaks for. */
export type Principal = RootPrincipal;

/** The root user of an account. */
export interface RootPrincipal {
  readonly kind: 'root';
  /** 12 digits. */
  readonly accountId: string;
  /** `arn:aws:iam::<account>:root`. */
  readonly arn: string;
  /** The root user's unique id is its account's id (IAM User Guide, "IAM identifiers"). */
  readonly principalId: string;
}

/** The root user of the account with this 12-digit id. */
export function rootPrincipal(accountId: string): RootPrincipal {
  return { kind: 'root', accountId, arn: `arn:aws:iam::${accountId}:root`, principalId: accountId };
}
