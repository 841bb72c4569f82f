import { areSamePairs, includesPairs, type ContextPairs } from './context-pairs.ts';
import type { Grant, GrantConstraints } from './grant.ts';

/** What a grant gives, whomever it names. */
export type GrantedRights = Pick<Grant, 'operations' | 'constraints'>;

/**
 * Whether a grantee that may create grants by `parent` may make `child`: only operations that it holds itself, CreateGrant
 * among them, under constraints that are "equally strict or stricter" ("Granting CreateGrant permission", KMS Developer Guide).
 */
export function mayPassOn(parent: GrantedRights, child: GrantedRights): boolean {
  if (!parent.operations.has('CreateGrant')) return false;
  for (const operation of child.operations) {
    if (!parent.operations.has(operation)) return false;
  }
  return isAsStrict(parent.constraints, child.constraints);
}

function isAsStrict(parent: GrantConstraints, child: GrantConstraints): boolean {
  const { encryptionContextEquals: equals, encryptionContextSubset: subset, sourceArn } = parent;
  if (sourceArn !== undefined && sourceArn !== child.sourceArn) return false;
  if (equals !== undefined && !keepsEquals(equals, child)) return false;
  return subset === undefined || keepsSubset(subset, child);
}

function keepsEquals(pairs: ContextPairs, { encryptionContextEquals }: GrantConstraints): boolean {
  return encryptionContextEquals !== undefined && areSamePairs(encryptionContextEquals, pairs);
}

/** Whichever of the two constraints on the context the child has: what it admits has all the pairs. */
function keepsSubset(pairs: ContextPairs, child: GrantConstraints): boolean {
  const admitted = child.encryptionContextEquals ?? child.encryptionContextSubset;
  return admitted !== undefined && includesPairs(admitted, pairs);
}
