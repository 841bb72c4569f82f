import type { CompiledPolicy } from '../compile.ts';

/** A policy, with the name under which an answer speaks of it. */
export interface NamedPolicy {
  /** The ARN of a managed policy, the name of any other; `default` for a key policy. */
  readonly name: string;
  /** Who it is attached to, where that is not the caller: the group that an identity policy comes from. */
  readonly attachedTo?: string;
  readonly policy: CompiledPolicy;
}

/** The policies of the caller and of the caller's account. */
export interface CallerPolicies {
  /** Inline and managed, a user's groups' among them; for a role session the role's. Empty for a root user and a service. */
  readonly identity: readonly NamedPolicy[];
  readonly boundary: NamedPolicy | undefined;
  /** Of a session that was made with session policies: any of them may allow. Undefined: none limits it. */
  readonly session: readonly NamedPolicy[] | undefined;
  /** Service control policies of the caller's account: any of them may allow. Undefined: none limits it. */
  readonly serviceControl: readonly NamedPolicy[] | undefined;
}

/** A caller of whom nothing but the resource's policy speaks: a root user of an account without service control policies. */
export const noPolicies: CallerPolicies = Object.freeze({
  identity: [],
  boundary: undefined,
  session: undefined,
  serviceControl: undefined,
});

/** The policies of the resource and of its account. */
export interface ResourcePolicies {
  /** The account that the resource belongs to. */
  readonly accountId: string;
  /** Undefined for what only IAM governs: actions without a resource, and aliases. */
  readonly keyPolicy: NamedPolicy | undefined;
  /** Resource control policies of that account: all of them together must allow, as service control policies. */
  readonly resourceControl: readonly NamedPolicy[] | undefined;
}
