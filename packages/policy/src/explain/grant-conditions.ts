import type { Grant } from '../grants/grant.ts';
import { contextApplies, sourceArnApplies } from '../grants/grant-allows.ts';

/** Whether it depends on the request if the grant covers an operation that it lists. */
export function isConstrained(grant: Grant, operation: string): boolean {
  return wordConstraints(grant, operation).length > 0;
}

/** The constraints of a grant that bear on an operation, in words. */
export function wordConstraints({ constraints }: Grant, operation: string): readonly string[] {
  const { encryptionContextEquals: equals, encryptionContextSubset: subset, sourceArn } = constraints;
  const words: string[] = [];
  if (contextApplies(operation)) {
    if (equals !== undefined) words.push(`the encryption context is ${wordPairs(equals)}`);
    if (subset !== undefined) words.push(`the encryption context includes ${wordPairs(subset)}`);
  }
  if (sourceArnApplies(operation) && sourceArn !== undefined) words.push(`aws:SourceArn is '${sourceArn}'`);
  return words;
}

function wordPairs(pairs: ReadonlyMap<string, string>): string {
  return JSON.stringify(Object.fromEntries(pairs));
}
