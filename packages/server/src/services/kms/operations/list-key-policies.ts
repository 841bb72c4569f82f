import { flag, keyId, limit, marker, policyNames, required } from '@keyhaven/api-model';
import { operation } from '../../../pipeline/operation.ts';
import { keyTarget } from '../../../pipeline/targets/key.ts';

/** Names the key's policies: there is one, `default`. https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeyPolicies.html */
export const ListKeyPolicies = operation({
  name: 'ListKeyPolicies',
  access: 'read',
  input: { KeyId: required(keyId), Limit: limit, Marker: marker },
  output: { PolicyNames: policyNames, NextMarker: marker, Truncated: flag() },
  target: keyTarget('idOrArn', 'ListKeyPolicies'),
  recorded: ['KeyId', 'Limit', 'Marker'],
  act({ input, loaded: { key } }, { markers }) {
    // The one page has no next, so no marker of this listing was ever given out.
    markers.open(['ListKeyPolicies', key.arn], input.Marker);
    return { output: { PolicyNames: ['default'], Truncated: false } };
  },
});
