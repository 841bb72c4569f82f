import type { Decider, PolicyKind } from '../decision/decision.ts';
import type { CallerPolicies } from '../decision/policies.ts';
import type { DecidingStatement } from '../compile.ts';
import type { Grant } from '../grants/grant.ts';
import type { RequestPrincipal } from '../request.ts';
import type { StatementEffect } from '../statement.ts';
import type { KnownValues } from './certainty.ts';

/** Who may be able to use a key, and all that speaks of it. */
export interface PossibleCaller {
  /** Of a role, one of its sessions: statements that name another session are not about it. */
  readonly principal: RequestPrincipal;
  readonly policies: CallerPolicies;
  /** The grants on the key that name it and are effective. */
  readonly grants: readonly Grant[];
  /** What its requests always say; by default nothing is known. */
  readonly known?: KnownValues;
  /** The same as key policies see it; by default as `known`. */
  readonly knownInKeyPolicy?: KnownValues;
}

/** A statement or grant that decides only under conditions. */
export interface OpenCondition {
  readonly source:
    | { readonly kind: PolicyKind; readonly policy: string; readonly statement: DecidingStatement }
    | { readonly kind: 'grant'; readonly grantId: string };
  /** Of a Deny: it denies where the conditions are met. */
  readonly effect: StatementEffect;
  /** All of them together, in words. */
  readonly conditions: readonly string[];
}

/** What one caller may do with the key, for actions of which the same is true. */
export interface Access {
  readonly actions: readonly string[];
  /**
   * `allowed` and `denied` hold for every request. `allowed under conditions`: it depends on what the request says, and no
   * request may do if the conditions exclude each other.
   */
  readonly answer: 'allowed' | 'allowed under conditions' | 'denied';
  /** What allows at best. Of a refusal: what denies, if anything does. */
  readonly deciders: readonly Decider[];
  /** What the answer depends on; empty unless it is `allowed under conditions`. */
  readonly conditions: readonly OpenCondition[];
}

/** What one caller may do with a key. */
export interface CallerAccess {
  /** As messages name the caller: its ARN, or the name of a service. */
  readonly principal: string;
  /** In the order of their first actions. */
  readonly access: readonly Access[];
}
