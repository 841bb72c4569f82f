import { keyId, required, rotationPeriodInDays } from '@keyhaven/api-model';
import { dayMs } from '../../../keys/day.ts';
import { assertRotatesByItself } from '../../../keys/rotation.ts';
import { operation } from '../../../pipeline/operation.ts';
import { keyTarget } from '../../../pipeline/targets/key.ts';
import { kmsKeyTable } from '../../../storage/tables.ts';
import { update } from '../../../storage/unit-of-work.ts';

/** Turns automatic rotation on, or changes its period. https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html */
export const EnableKeyRotation = operation({
  name: 'EnableKeyRotation',
  access: 'write',
  input: { KeyId: required(keyId), RotationPeriodInDays: rotationPeriodInDays },
  output: undefined,
  target: keyTarget('idOrArn', 'EnableKeyRotation'),
  states: 'rotation',
  supports: ({ key }) => assertRotatesByItself(key),
  recorded: ['KeyId', 'RotationPeriodInDays'],
  act({ input: { RotationPeriodInDays: days = 365 }, loaded: { key }, now }) {
    // AWS does not say what the next date counts from when the period changes: from now, as when it is first set.
    const isSame = key.row.rotation_enabled === 1 && key.row.rotation_period_days === days;
    const rotation = {
      rotation_enabled: 1,
      rotation_period_days: days,
      next_rotation_at: now + days * dayMs,
    };
    return { output: undefined, changes: [update(kmsKeyTable, key.row, isSame ? {} : rotation)] };
  },
});
