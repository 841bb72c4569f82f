import type { ConditionValues } from './conditions/condition-values.ts';

/** The root of an account: `arn` is `arn:<partition>:iam::<accountId>:root`. */
export interface RootPrincipal {
  readonly kind: 'root';
  readonly accountId: string;
  readonly arn: string;
}

/** Who asks; a union by `kind`, to be extended by users, roles' sessions and services. */
export type RequestPrincipal = RootPrincipal;

/** What is asked of a resource policy. */
export interface PolicyRequest {
  readonly principal: RequestPrincipal;
  /** `service:Action`, as `kms:Encrypt`; from the table of operations, not from the client. */
  readonly action: string;
  /** The resource's ARN. */
  readonly resource: string;
  readonly conditions: ConditionValues;
}
