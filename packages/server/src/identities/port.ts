import type { CallerPolicies, NamedPolicy } from '@keyhaven/policy';
import type { Caller } from '../authentication/caller.ts';
import type { Maybe } from '../maybe.ts';
import type { ExpectedVersion } from '../storage/unit-of-work.ts';

/** What is known of a caller beside its name, as one snapshot of its account saw it. */
export interface CallerIdentity {
  readonly policies: CallerPolicies;
  /** The tags of the user, or of the role and its session: `aws:PrincipalTag/...`. */
  readonly tags: ReadonlyMap<string, string>;
  /** Resource control policies of the caller's own account; undefined: none limits it. */
  readonly resourceControl: readonly NamedPolicy[] | undefined;
  /** What a write that decides on this commits on. */
  readonly expect: readonly ExpectedVersion[];
}

/** The control policies of an account that a caller of another account asks something of. */
export interface AccountControls {
  readonly resourceControl: readonly NamedPolicy[] | undefined;
  readonly expect: readonly ExpectedVersion[];
}

/** A principal that exists. */
export interface FoundPrincipal {
  readonly kind: 'account' | 'user' | 'role' | 'assumed-role';
  readonly accountId: string;
  /** As policies name it; of an account its root's ARN. */
  readonly arn: string;
  /** The unique id of a user or role, and of the role of a session; undefined for an account. */
  readonly uniqueId: string | undefined;
}

/** What authorization asks about principals. Cached answers are those of the latest commit; `fresh` asks the store. */
export interface Identities {
  of(caller: Caller, fresh: boolean): Maybe<CallerIdentity>;
  controlsOf(accountId: string, fresh: boolean): Maybe<AccountControls>;
  /** The principal that an ARN, an account id or a unique id names; undefined where there is none. */
  find(name: string): Maybe<FoundPrincipal | undefined>;
}
