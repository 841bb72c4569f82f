import type { ConditionValues } from './conditions/condition-values.ts';

/** The root user of an account: `arn` is `arn:<partition>:iam::<accountId>:root`. */
export interface RootPrincipal {
  readonly kind: 'root';
  readonly accountId: string;
  readonly arn: string;
  /** `aws:userid`: the root user's is its account's id (IAM User Guide, "IAM identifiers"). */
  readonly principalId: string;
}

export interface UserPrincipal {
  readonly kind: 'user';
  readonly accountId: string;
  /** `arn:<partition>:iam::<accountId>:user/<path><name>`. */
  readonly arn: string;
  /** The unique id, `AIDA...`. */
  readonly principalId: string;
  /** Without its path: `aws:username`. */
  readonly userName: string;
}

/** A session of a role; policies name the session, or the role for all its sessions. */
export interface RoleSessionPrincipal {
  readonly kind: 'assumed-role';
  readonly accountId: string;
  /** `arn:<partition>:sts::<accountId>:assumed-role/<role name>/<session name>`. */
  readonly arn: string;
  /** `AROA...:<session name>`. */
  readonly principalId: string;
  /** `arn:<partition>:iam::<accountId>:role/<path><name>`: `aws:PrincipalArn`. */
  readonly roleArn: string;
  /** The role's unique id, `AROA...`. */
  readonly roleId: string;
  readonly roleName: string;
  readonly sessionName: string;
}

/** A service that acts for itself. It belongs to no account; `accountId` is the one that its credential was made in. */
export interface ServicePrincipal {
  readonly kind: 'service';
  readonly accountId: string;
  /** What policies name: `s3.amazonaws.com`. */
  readonly serviceName: string;
  /** What stands in messages and records: the service's name. */
  readonly arn: string;
  readonly principalId: string;
}

/** Who asks. */
export type RequestPrincipal = RootPrincipal | UserPrincipal | RoleSessionPrincipal | ServicePrincipal;

/** What is asked of one policy. */
export interface PolicyRequest {
  readonly principal: RequestPrincipal;
  /** `service:Action`, as `kms:Encrypt`; from the table of operations, not from the client. */
  readonly action: string;
  /** The resource's ARN, or `*` for actions without one. */
  readonly resource: string;
  readonly conditions: ConditionValues;
}
