import { invalidPrincipals, malformedPolicy, policyLocksOut, policyTooLarge } from '@keyhaven/api-model';
import {
  PolicySyntaxError,
  allowsPolicyUpdate,
  compilePolicy,
  formatPolicy,
  listPrincipals,
  parsePolicyDocument,
  type NamedPrincipal,
  type PolicyDocument,
} from '@keyhaven/policy';
import type { AccountDirectory } from '../accounts/account-directory.ts';
import type { Principal } from '../authentication/principal.ts';

/** The quota for a key policy document ("Resource quotas", KMS Developer Guide). */
const mostPolicyBytes = 32_768;

/**
 * Checks a key policy as CreateKey and PutKeyPolicy do, and answers it in AWS's spelling. With a `caller`, that caller
 * must still be able to change the policy afterwards (the lockout safety check).
 */
export function checkKeyPolicy(
  text: string,
  accounts: AccountDirectory,
  lockout: { readonly caller: Principal; readonly keyArn: string } | undefined,
): string {
  if (Buffer.byteLength(text) > mostPolicyBytes) throw policyTooLarge(mostPolicyBytes);
  const document = parse(text);
  if (!listPrincipals(document).every((principal) => exists(principal, accounts))) throw invalidPrincipals();
  if (lockout !== undefined && !allowsPolicyUpdate(compilePolicy(document), lockout.caller, lockout.keyArn)) {
    throw policyLocksOut();
  }
  return formatPolicy(text);
}

function parse(text: string): PolicyDocument {
  try {
    return parsePolicyDocument(text);
  } catch (error) {
    if (error instanceof PolicySyntaxError) throw malformedPolicy(error.message);
    throw error;
  }
}

/** Account roots are the only AWS principals that exist yet; a service is known by its name alone. */
function exists(principal: NamedPrincipal, accounts: AccountDirectory): boolean {
  switch (principal.kind) {
    case 'account':
      return accounts.exists(principal.accountId);
    case 'service':
      return true;
    case 'user':
    case 'role':
    case 'assumed-role':
    case 'federated-user':
    case 'unique-id':
    case 'federated':
    case 'canonical-user':
      return false;
  }
}
