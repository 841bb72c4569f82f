import type { PolicyKind } from '@keyhaven/policy';

/** A policy in a sentence: `the key policy`, `the trust policy`, `the permissions boundary arn:...`. */
export function describePolicy(kind: PolicyKind, name: string): string {
  if (kind !== 'resource-based policy') return `the ${kind} ${name}`;
  return name === 'default' ? 'the key policy' : `the ${name}`;
}

/** A statement by its Sid, or by its place, counted from 1. */
export function describeStatement({
  sid,
  index,
}: {
  readonly sid?: string | undefined;
  readonly index: number;
}): string {
  return sid === undefined ? `statement ${index + 1}` : `statement ${JSON.stringify(sid)}`;
}
