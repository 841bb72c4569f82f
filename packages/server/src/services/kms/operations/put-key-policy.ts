import { flag, keyId, policy, policyName, policyNotFound, required } from '@keyhaven/api-model';
import { callerKeepsControl, checkKeyPolicy } from '../../../authorization/check-key-policy.ts';
import { andThen } from '../../../maybe.ts';
import { operation } from '../../../pipeline/operation.ts';
import { keyTarget } from '../../../pipeline/targets/key.ts';
import { keyPolicyTable, kmsKeyTable } from '../../../storage/tables.ts';
import { update } from '../../../storage/unit-of-work.ts';

/** Replaces the whole key policy. https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html */
export const PutKeyPolicy = operation({
  name: 'PutKeyPolicy',
  access: 'write',
  input: {
    KeyId: required(keyId),
    PolicyName: policyName,
    Policy: required(policy),
    BypassPolicyLockoutSafetyCheck: flag(),
  },
  output: undefined,
  target: keyTarget('idOrArn', 'PutKeyPolicy'),
  recorded: ['KeyId', 'PolicyName', 'Policy', 'BypassPolicyLockoutSafetyCheck'],
  act({ input, loaded: { key }, request }, { identities }) {
    if (input.PolicyName !== undefined && input.PolicyName !== 'default') throw policyNotFound();
    const lockout =
      input.BypassPolicyLockoutSafetyCheck === true ? undefined : callerKeepsControl(request, key);
    return andThen(checkKeyPolicy(input.Policy, identities, lockout), (policy) => ({
      output: undefined,
      changes: [update(keyPolicyTable, key.policyRow, policy), update(kmsKeyTable, key.row, {})],
    }));
  },
});
