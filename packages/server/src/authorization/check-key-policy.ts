import { malformedPolicy, policyLocksOut, policyTooLarge } from '@keyhaven/api-model';
import {
  compilePolicy,
  formatPolicy,
  parsePolicyDocument,
  type PolicyDocument,
  PolicySyntaxError,
} from '@keyhaven/policy';
import type { Identities } from '../identities/port.ts';
import { type Bindings, writeBindings } from '../keys/policy-bindings.ts';
import type { StoredPolicy } from '../keys/policy-interner.ts';
import { andThen, type Maybe } from '../maybe.ts';
import { decideByPolicies } from './authorizer.ts';
import { bindPrincipals } from './bind-principals.ts';
import type { RequestFacts } from './conditions/condition-row.ts';
import type { GovernedKey } from './permission.ts';

/** The quota for a key policy document ("Resource quotas", KMS Developer Guide). */
const mostPolicyBytes = 32_768;

/** The key that a policy is for, as it is or is about to be. */
export type PlannedKey = Omit<GovernedKey, 'policy'>;

/** Who must still be able to change the policy afterwards, and of which key. */
export interface LockoutCheck {
  readonly request: RequestFacts;
  readonly key: PlannedKey;
}

/**
 * Checks a key policy as CreateKey, PutKeyPolicy and ReplicateKey do, and answers it in AWS's spelling with whom it names.
 * Throws, or rejects with, LimitExceededException or MalformedPolicyDocumentException.
 */
export function checkKeyPolicy(
  text: string,
  identities: Pick<Identities, 'find'>,
  lockout: LockoutCheck | undefined,
): Maybe<StoredPolicy> {
  if (Buffer.byteLength(text) > mostPolicyBytes) throw policyTooLarge(mostPolicyBytes);
  const document = parse(text);
  return andThen(bindPrincipals(document, identities), (bindings) => {
    if (lockout !== undefined) assertMayChangeAgain(document, bindings, lockout);
    return { document: formatPolicy(text), bindings: writeBindings(bindings) };
  });
}

function parse(text: string): PolicyDocument {
  try {
    return parsePolicyDocument(text, 'key');
  } catch (error) {
    if (error instanceof PolicySyntaxError) throw malformedPolicy(error.message);
    throw error;
  }
}

/**
 * The lockout safety check: under the new policy this very request could put a policy again. Delegation to the account counts
 * only where the caller's own policies make something of it ("Default key policy", KMS Developer Guide). The key is the caller's
 * account's: no other may put its policy.
 */
function assertMayChangeAgain(
  document: PolicyDocument,
  bindings: Bindings,
  { request, key }: LockoutCheck,
): void {
  const policy = compilePolicy(document, bindings);
  const permission = { kind: 'key', action: 'kms:PutKeyPolicy', key: { ...key, policy } } as const;
  if (decideByPolicies(request, permission, request.identity).effect !== 'Allow') throw policyLocksOut();
}
