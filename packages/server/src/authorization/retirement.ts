import {
  type AuthorizationRequest,
  type CallerPolicies,
  compilePolicy,
  decide,
  type Decision,
  parsePolicyDocument,
  type ResourcePolicies,
} from '@keyhaven/policy';
import type { Retirement } from './permission.ts';

/** Says nothing to anyone: what is decided under it is decided by grants. */
const silentPolicy = {
  name: 'default',
  policy: compilePolicy(
    parsePolicyDocument(
      '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Resource":"*"}}',
    ),
  ),
};

/**
 * Whether a grant may be retired: where IAM of the account that issued it or owns the key allows it, or where the grant itself
 * lets the caller ("Retiring and revoking grants", KMS Developer Guide). What denies does so either way.
 */
export function judgeRetirement(
  asked: AuthorizationRequest,
  caller: CallerPolicies,
  resource: ResourcePolicies,
  { accountId, grant }: Retirement,
): Decision {
  if (accountId !== undefined) {
    const byAccount = decide(asked, caller, { ...resource, accountId, keyPolicy: undefined }, []);
    const isFinal = byAccount.effect !== 'ImplicitDeny' || grant === undefined;
    if (isFinal) return byAccount;
  }
  return decide(asked, caller, { ...resource, keyPolicy: silentPolicy }, grant === undefined ? [] : [grant]);
}
