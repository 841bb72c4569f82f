import { flag, keyId, required, rotationPeriodInDays, timestamp } from '@keyhaven/api-model';
import { isPendingDeletion } from '../../../keys/key-states.ts';
import { operation } from '../../../pipeline/operation.ts';
import { keyTarget } from '../../../pipeline/targets/key.ts';

/** Whether the key rotates automatically, and when next. https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyRotationStatus.html */
export const GetKeyRotationStatus = operation({
  name: 'GetKeyRotationStatus',
  access: 'read',
  input: { KeyId: required(keyId) },
  output: {
    KeyRotationEnabled: flag(),
    KeyId: keyId,
    RotationPeriodInDays: rotationPeriodInDays,
    NextRotationDate: timestamp(),
    OnDemandRotationStartDate: timestamp(),
  },
  target: keyTarget('idOrArn', 'GetKeyRotationStatus', 'any account'),
  recorded: ['KeyId'],
  act({ loaded: { key } }) {
    const { row } = key;
    // Suspended, and so reported as off, while the key waits for its deletion.
    if (row.rotation_enabled === 0 || isPendingDeletion(row)) {
      return { output: { KeyRotationEnabled: false, KeyId: key.arn } };
    }
    return {
      output: {
        KeyRotationEnabled: true,
        KeyId: key.arn,
        RotationPeriodInDays: row.rotation_period_days,
        NextRotationDate: row.next_rotation_at ?? undefined,
      },
    };
  },
});
