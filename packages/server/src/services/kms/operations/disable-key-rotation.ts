import { keyId, required } from '@keyhaven/api-model';
import { sharedChanges } from '../../../keys/related-keys.ts';
import { assertRotatesByItself } from '../../../keys/rotation.ts';
import { operation } from '../../../pipeline/operation.ts';
import { relatedKeysTarget } from '../../../pipeline/targets/related-keys.ts';
import { synchronized } from '../families/shared-properties.ts';

/** Turns automatic rotation off; doing so twice is no error. https://docs.aws.amazon.com/kms/latest/APIReference/API_DisableKeyRotation.html */
export const DisableKeyRotation = operation({
  name: 'DisableKeyRotation',
  access: 'write',
  input: { KeyId: required(keyId) },
  output: undefined,
  target: relatedKeysTarget('idOrArn', 'DisableKeyRotation'),
  states: 'rotation',
  supports: ({ key }) => assertRotatesByItself(key),
  recorded: ['KeyId'],
  act({ loaded: { key, related } }) {
    return {
      output: undefined,
      changes: sharedChanges(key, related, { rotation_enabled: 0, next_rotation_at: null }),
      elsewhere: synchronized(key, related),
    };
  },
});
