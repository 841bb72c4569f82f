import { keyId, required, rotationPeriodInDays } from '@keyhaven/api-model';
import { dayMs } from '../../../keys/day.ts';
import { sharedChanges } from '../../../keys/related-keys.ts';
import { assertRotatesByItself } from '../../../keys/rotation.ts';
import { operation } from '../../../pipeline/operation.ts';
import { relatedKeysTarget } from '../../../pipeline/targets/related-keys.ts';
import { synchronized } from '../families/shared-properties.ts';

/** Turns automatic rotation on, or changes its period. https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html */
export const EnableKeyRotation = operation({
  name: 'EnableKeyRotation',
  access: 'write',
  input: { KeyId: required(keyId), RotationPeriodInDays: rotationPeriodInDays },
  output: undefined,
  target: relatedKeysTarget('idOrArn', 'EnableKeyRotation'),
  states: 'rotation',
  supports: ({ key }) => assertRotatesByItself(key),
  recorded: ['KeyId', 'RotationPeriodInDays'],
  act({ input: { RotationPeriodInDays: days = 365 }, loaded: { key, related }, now }) {
    // AWS does not say what the next date counts from when the period changes: from now, as when it is first set.
    const isSame = key.row.rotation_enabled === 1 && key.row.rotation_period_days === days;
    const rotation = {
      rotation_enabled: 1,
      rotation_period_days: days,
      next_rotation_at: now + days * dayMs,
    };
    return {
      output: undefined,
      changes: sharedChanges(key, related, isSame ? {} : rotation),
      elsewhere: synchronized(key, related),
    };
  },
});
