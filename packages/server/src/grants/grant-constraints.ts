import {
  constraintPairTooLong,
  type EncryptionContext,
  type GrantConstraintsInput,
  notBoth,
  tooManyConstraintPairs,
} from '@keyhaven/api-model';
import type { GrantConstraints } from '@keyhaven/policy';

/** "Each constraint value can include up to 8 encryption context pairs", of at most 384 characters (CreateGrant, KMS API Reference). */
const mostPairs = 8;
const mostCharacters = 384;

/** A grant without constraints. */
export const noConstraints: GrantConstraints = Object.freeze({
  encryptionContextEquals: undefined,
  encryptionContextSubset: undefined,
  sourceArn: undefined,
});

/**
 * The constraints of a request; throws ValidationException for what a grant cannot have. A map without pairs counts as absent,
 * as clients send one beside the other.
 */
export function readConstraints(input: GrantConstraintsInput | undefined): GrantConstraints {
  const encryptionContextEquals = readPairs(input?.EncryptionContextEquals);
  const encryptionContextSubset = readPairs(input?.EncryptionContextSubset);
  if (encryptionContextEquals !== undefined && encryptionContextSubset !== undefined)
    throw notBoth('EncryptionContextEquals', 'EncryptionContextSubset');
  return { encryptionContextEquals, encryptionContextSubset, sourceArn: input?.SourceArn };
}

function readPairs(pairs: EncryptionContext | undefined): EncryptionContext | undefined {
  if (pairs === undefined || pairs.size === 0) return undefined;
  if (pairs.size > mostPairs) throw tooManyConstraintPairs(mostPairs);
  for (const pair of pairs)
    for (const text of pair)
      if (Array.from(text).length > mostCharacters) throw constraintPairTooLong(mostCharacters);
  return pairs;
}

/** Whether a constraint bears on the encryption context. */
export function constrainsContext(constraints: GrantConstraints): boolean {
  return (
    constraints.encryptionContextEquals !== undefined || constraints.encryptionContextSubset !== undefined
  );
}

type StoredPairs = readonly (readonly [string, string])[];

interface StoredConstraints {
  readonly equals?: StoredPairs;
  readonly subset?: StoredPairs;
  readonly sourceArn?: string;
}

/** As they are stored: the same constraints are the same text, in whatever order their pairs were sent. */
export function formatConstraints(constraints: GrantConstraints): string | null {
  const { encryptionContextEquals: equals, encryptionContextSubset: subset, sourceArn } = constraints;
  const stored: StoredConstraints = {
    ...(equals === undefined ? {} : { equals: sortedPairs(equals) }),
    ...(subset === undefined ? {} : { subset: sortedPairs(subset) }),
    ...(sourceArn === undefined ? {} : { sourceArn }),
  };
  return Object.keys(stored).length === 0 ? null : JSON.stringify(stored);
}

function sortedPairs(pairs: EncryptionContext): StoredPairs {
  return [...pairs].sort(([one], [other]) => (one < other ? -1 : 1));
}

/** What `formatConstraints` wrote. */
export function parseConstraints(text: string | null): GrantConstraints {
  if (text === null) return noConstraints;
  const { equals, subset, sourceArn } = JSON.parse(text) as StoredConstraints;
  return {
    encryptionContextEquals: equals === undefined ? undefined : new Map(equals),
    encryptionContextSubset: subset === undefined ? undefined : new Map(subset),
    sourceArn,
  };
}
