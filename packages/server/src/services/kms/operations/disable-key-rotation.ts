import { keyId, required } from '@keyhaven/api-model';
import { assertRotatesByItself } from '../../../keys/rotation.ts';
import { operation } from '../../../pipeline/operation.ts';
import { keyTarget } from '../../../pipeline/targets/key.ts';
import { kmsKeyTable } from '../../../storage/tables.ts';
import { update } from '../../../storage/unit-of-work.ts';

/** Turns automatic rotation off; doing so twice is no error. https://docs.aws.amazon.com/kms/latest/APIReference/API_DisableKeyRotation.html */
export const DisableKeyRotation = operation({
  name: 'DisableKeyRotation',
  access: 'write',
  input: { KeyId: required(keyId) },
  output: undefined,
  target: keyTarget('idOrArn', 'DisableKeyRotation'),
  states: 'rotation',
  supports: ({ key }) => assertRotatesByItself(key),
  recorded: ['KeyId'],
  act({ loaded: { key } }) {
    return {
      output: undefined,
      changes: [update(kmsKeyTable, key.row, { rotation_enabled: 0, next_rotation_at: null })],
    };
  },
});
