import { keyId, policy, policyName, policyNotFound, required } from '@keyhaven/api-model';
import { renderKeyPolicy } from '../../../authorization/render-key-policy.ts';
import { andThen } from '../../../maybe.ts';
import { operation } from '../../../pipeline/operation.ts';
import { keyTarget } from '../../../pipeline/targets/key.ts';

/** Answers the key policy. https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyPolicy.html */
export const GetKeyPolicy = operation({
  name: 'GetKeyPolicy',
  access: 'read',
  input: { KeyId: required(keyId), PolicyName: policyName },
  output: { Policy: policy, PolicyName: policyName },
  target: keyTarget('idOrArn', 'GetKeyPolicy'),
  recorded: ['KeyId', 'PolicyName'],
  act({ input: { PolicyName = 'default' }, loaded: { key } }, { identities }) {
    if (PolicyName !== 'default') throw policyNotFound();
    return andThen(renderKeyPolicy(key.policyRow, identities), (Policy) => ({
      output: { Policy, PolicyName },
    }));
  },
});
