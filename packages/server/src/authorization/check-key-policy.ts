import { malformedPolicy, policyLocksOut, policyTooLarge } from '@keyhaven/api-model';
import {
  type CompiledPolicy,
  compilePolicy,
  decide,
  formatPolicy,
  noConditionValues,
  noPolicies,
  parsePolicyDocument,
  type PolicyDocument,
  PolicySyntaxError,
} from '@keyhaven/policy';
import type { Principal } from '../authentication/principal.ts';
import type { Identities } from '../identities/port.ts';
import { writeBindings } from '../keys/policy-bindings.ts';
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

/** The lockout safety check: whether a new policy leaves somebody who can change it. */
export type LockoutCheck = (policy: CompiledPolicy) => boolean;

/**
 * Checks a key policy as CreateKey, PutKeyPolicy and ReplicateKey do, and answers it in AWS's spelling with whom it names;
 * `lockout` is undefined where the check is bypassed. Throws, or rejects with, LimitExceededException or
 * MalformedPolicyDocumentException.
 */
export function checkKeyPolicy(
  text: string,
  identities: Pick<Identities, 'find'>,
  lockout: LockoutCheck | undefined,
): Maybe<StoredPolicy> {
  if (Buffer.byteLength(text) > mostPolicyBytes) throw policyTooLarge(mostPolicyBytes);
  const document = parse(text);
  return andThen(bindPrincipals(document, identities), (bindings) => {
    if (lockout?.(compilePolicy(document, bindings)) === false) throw policyLocksOut();
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
 * Under the new policy this very request could put a policy again. Delegation to the account counts only where the caller's own
 * policies make something of it ("Default key policy", KMS Developer Guide). The key is the caller's account's: no other may
 * put its policy.
 */
export function callerKeepsControl(request: RequestFacts, key: PlannedKey): LockoutCheck {
  return (policy) => {
    const permission = { kind: 'key', action: putKeyPolicy, key: { ...key, policy } } as const;
    return decideByPolicies(request, permission, request.identity).effect === 'Allow';
  };
}

/** Under the new policy the root user of the key's account could put another, whatever it says in its request. */
export function rootKeepsControl(root: Principal, keyArn: string): LockoutCheck {
  const asked = {
    principal: root,
    action: putKeyPolicy,
    resource: keyArn,
    conditions: noConditionValues,
    conditionsInKeyPolicy: noConditionValues,
  };
  return (policy) => {
    const keyPolicy = { name: 'default', policy };
    const { accountId } = root;
    return (
      decide(asked, noPolicies, { accountId, keyPolicy, resourceControl: undefined }, []).effect === 'Allow'
    );
  };
}

const putKeyPolicy = 'kms:PutKeyPolicy';
