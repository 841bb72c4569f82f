import type { CompiledPolicy } from '@keyhaven/policy';

/** The session that is asked for, as conditions see it ("Available keys for AWS STS", IAM User Guide). */
export interface RequestedSession {
  readonly sessionName: string;
  readonly externalId: string | undefined;
  /** The one that the session will have, whether it was asked for or comes from the caller's own session. */
  readonly sourceIdentity: string | undefined;
  /** All that the session will have, those that come from the caller's own session among them. */
  readonly tags: ReadonlyMap<string, string>;
  readonly transitiveTagKeys: readonly string[];
}

/**
 * An action of STS on a role, which its trust policy and IAM govern together: the trust policy is to a role what the key policy
 * is to a key. It lets the caller in itself, or the caller's account, whose IAM policies must then allow it as well; and both
 * across accounts.
 */
export interface RolePermission {
  readonly kind: 'role';
  /** `sts:AssumeRole`, `sts:TagSession` or `sts:SetSourceIdentity`. */
  readonly action: string;
  readonly resourceArn: string;
  readonly accountId: string;
  readonly trust: CompiledPolicy;
  readonly roleTags: ReadonlyMap<string, string>;
  readonly session: RequestedSession;
}
