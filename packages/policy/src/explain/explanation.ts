import type { Decision, PolicyKind } from '../decision/decision.ts';
import type { Grant } from '../grants/grant.ts';
import type { StatementTrace } from '../trace.ts';

/** A grant that names the caller, and whether it is effective and covers the request (`grantAllows`). */
export type ConsideredGrant = Grant & { readonly applies: boolean };

/** What one policy says. */
export interface PolicyExplanation {
  readonly name: string;
  readonly attachedTo: string | undefined;
  readonly verdict: 'Allow' | 'ExplicitDeny' | 'ImplicitDeny';
  /** Those that are about this caller and action, whether or not resource and conditions match. */
  readonly statements: readonly StatementTrace[];
}

/** What the policies of one kind say together. */
export interface KindExplanation {
  readonly kind: PolicyKind;
  /** NotApplicable: no policy of the kind limits the request. */
  readonly verdict: 'Allow' | 'ExplicitDeny' | 'ImplicitDeny' | 'NotApplicable';
  readonly policies: readonly PolicyExplanation[];
}

export interface GrantExplanation {
  readonly grantId: string;
  readonly grantee: Grant['grantee'];
  /** Sorted by name. */
  readonly operations: readonly string[];
  readonly applies: boolean;
  /** Whether it would let the caller in alone: it applies, and nothing else limits it. */
  readonly letsIn: boolean;
}

/** Why a request is decided as it is: plain data, which JSON can hold. */
export interface Explanation {
  readonly decision: Decision;
  /** What decided, or what is missing. */
  readonly sentence: string;
  /** Conditions that were not met, of statements that would otherwise have changed what is missing. */
  readonly hints: readonly string[];
  /** In the order in which kinds are named. */
  readonly kinds: readonly KindExplanation[];
  readonly grants: readonly GrantExplanation[];
}
