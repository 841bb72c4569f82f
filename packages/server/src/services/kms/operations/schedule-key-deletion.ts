import {
  keyId,
  keyState,
  pendingWindowInDays,
  pendingWindowOutOfRange,
  required,
  timestamp,
} from '@keyhaven/api-model';
import { dayMs } from '../../../keys/day.ts';
import { operation } from '../../../pipeline/operation.ts';
import { keyTarget } from '../../../pipeline/targets/key.ts';
import { kmsKeyTable } from '../../../storage/tables.ts';
import { update } from '../../../storage/unit-of-work.ts';

/** Starts the waiting period, after which the key is destroyed. https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html */
export const ScheduleKeyDeletion = operation({
  name: 'ScheduleKeyDeletion',
  access: 'write',
  input: { KeyId: required(keyId), PendingWindowInDays: pendingWindowInDays },
  output: {
    KeyId: keyId,
    DeletionDate: timestamp(),
    KeyState: keyState,
    PendingWindowInDays: pendingWindowInDays,
  },
  target: keyTarget('idOrArn', 'ScheduleKeyDeletion'),
  states: 'scheduleKeyDeletion',
  recorded: ['KeyId', 'PendingWindowInDays'],
  check({ PendingWindowInDays: days = 30 }) {
    if (days < 7 || days > 30) throw pendingWindowOutOfRange();
  },
  act({ input: { PendingWindowInDays: days = 30 }, loaded: { key }, now }) {
    const deletionAt = now + days * dayMs;
    const changes = [update(kmsKeyTable, key.row, { state: 'PendingDeletion', deletion_at: deletionAt })];
    const output = {
      KeyId: key.arn,
      DeletionDate: deletionAt,
      KeyState: 'PendingDeletion' as const,
      PendingWindowInDays: days,
    };
    return { output, changes };
  },
});
