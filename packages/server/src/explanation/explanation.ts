import type { PolicyKind, PrincipalMatch } from '@keyhaven/policy';

/** A statement of a policy: by its Sid, and by its place from 0. */
export interface NamedStatement {
  readonly sid?: string;
  readonly index: number;
}

/** A condition of a statement that the request does not meet. */
export interface UnmetCondition {
  readonly key: string;
  /** With its prefix and suffix: `ForAnyValue:StringEqualsIfExists`. */
  readonly operator: string;
  readonly wanted: readonly string[];
  /** What the request says; absent where it says nothing. */
  readonly said?: readonly string[];
}

/** An Allow that would have let the caller in, but for these conditions. */
export interface NearStatement extends NamedStatement {
  readonly unmet: readonly UnmetCondition[];
}

/** What one policy says. */
export interface PolicyVerdict {
  readonly kind: PolicyKind;
  /** The ARN of a managed policy, the name of any other; `default` for a key policy. */
  readonly name: string;
  /** The group that an identity policy comes from. */
  readonly attachedTo?: string;
  readonly verdict: 'allows' | 'denies' | 'silent';
  /** The statement that decides; absent where the policy is silent. */
  readonly statement?: NamedStatement;
  /** How a statement of a key policy names the caller; `account` leaves it to the account's IAM policies. */
  readonly names?: PrincipalMatch;
  readonly near: readonly NearStatement[];
}

/** A grant that names the caller, its role or its account. */
export interface GrantVerdict {
  readonly grantId: string;
  readonly operations: readonly string[];
  /** Whether it covers the request, its constraints among the rest. */
  readonly covers: boolean;
}

/** What AWS's client is answered. */
export interface ErrorReply {
  readonly code: string;
  readonly message: string;
  /** Of HTTP. */
  readonly status: number;
}

/** One permission that a request takes, and what became of it. */
export interface PermissionExplanation {
  readonly action: string;
  /** An ARN, or `*`. */
  readonly resource: string;
  readonly decision: 'Allow' | 'ExplicitDeny' | 'ImplicitDeny';
  /** `ALLOWED: ...` or `DENIED: ...`, a refusal in AWS's words. */
  readonly summary: string;
  /** What let the caller in, or what is missing. */
  readonly sentence: string;
  readonly error?: ErrorReply;
  readonly policies: readonly PolicyVerdict[];
  readonly grants: readonly GrantVerdict[];
  /** Grants beyond those that are listed. */
  readonly furtherGrants: number;
  /** What could be done to allow it; absent where it is allowed. */
  readonly toAllow?: readonly string[];
}

/** A request, as it is decided under today's policies and grants. */
export interface Explanation {
  readonly principal: string;
  readonly decision: 'allowed' | 'denied' | 'refused';
  /** `ALLOWED: ...`, `DENIED: ...`, or `REFUSED: ...` where it fails before any permission is asked for. */
  readonly summary: string;
  readonly error?: ErrorReply;
  /** In the order in which they are asked for; those behind the first that is not given are not. */
  readonly permissions: readonly PermissionExplanation[];
  /** Condition keys that policies asked for and of which the question says nothing. */
  readonly unstated: readonly string[];
}
