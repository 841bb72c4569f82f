import type { ConditionValues } from '../conditions/condition-values.ts';
import type { DecidingStatement } from '../compile.ts';
import type { RequestPrincipal } from '../request.ts';

/** The kinds of policy that can refuse a request, in the words of AWS's messages. */
export type PolicyKind =
  | 'identity-based policy'
  | 'resource-based policy'
  | 'permissions boundary'
  | 'session policy'
  | 'service control policy'
  | 'resource control policy';

/** What is to be decided: one action of one principal on one resource. */
export interface AuthorizationRequest {
  readonly principal: RequestPrincipal;
  /** `kms:Encrypt`. */
  readonly action: string;
  /** The resource's ARN; `*` for actions without one. */
  readonly resource: string;
  /** What the request says for condition keys. */
  readonly conditions: ConditionValues;
  /** The same as key policies see it: some keys (`aws:ResourceTag`, `kms:ResourceAliases`) are for IAM policies only. */
  readonly conditionsInKeyPolicy: ConditionValues;
}

/** A policy that decided, and its statement. */
export interface PolicyDecider {
  readonly kind: PolicyKind;
  /** As `NamedPolicy.name`. */
  readonly policy: string;
  readonly statement: DecidingStatement;
}

/** What let the request in, or kept it out. */
export type Decider =
  | PolicyDecider
  | { readonly kind: 'grant'; readonly grantId: string }
  /** A root user in its own account, for what only IAM governs. */
  | { readonly kind: 'root user' };

/** The answer. Of several reasons it is the one that AWS's message names. */
export type Decision =
  | {
      readonly effect: 'Allow';
      /** What allowed it. A second one where two must: delegation by the key policy, and the identity policy. */
      readonly deciders: readonly Decider[];
    }
  | { readonly effect: 'ExplicitDeny'; readonly kind: PolicyKind; readonly decider: PolicyDecider }
  | {
      readonly effect: 'ImplicitDeny';
      /** The kind of policy of which none allows. */
      readonly kind: PolicyKind;
      /** Whether a grant could still allow it: nothing that limits grants has refused. */
      readonly mayBeGranted: boolean;
    };
