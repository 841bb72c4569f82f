import {
  keyId,
  keyState,
  pendingWindowInDays,
  pendingWindowOutOfRange,
  required,
  timestamp,
} from '@keyhaven/api-model';
import { dayMs } from '../../../keys/day.ts';
import { isReplica, relatedElsewhere } from '../../../keys/related-keys.ts';
import { operation } from '../../../pipeline/operation.ts';
import { withLastUse } from '../../../pipeline/targets/last-use.ts';
import { relatedKeysTarget } from '../../../pipeline/targets/related-keys.ts';
import { kmsKeyTable } from '../../../storage/tables.ts';
import { unchanged, update } from '../../../storage/unit-of-work.ts';

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
  target: withLastUse(relatedKeysTarget('idOrArn', 'ScheduleKeyDeletion')),
  states: 'scheduleKeyDeletion',
  recorded: ['KeyId', 'PendingWindowInDays'],
  check({ PendingWindowInDays: days = 30 }) {
    if (days < 7 || days > 30) throw pendingWindowOutOfRange();
  },
  act({ input: { PendingWindowInDays: days = 30 }, loaded: { key, related }, now }) {
    const replicas = isReplica(key.row) ? [] : relatedElsewhere(key, related);
    const pending = replicas.length === 0 ? pendingDeletion(now, days) : pendingReplicaDeletion(days);
    return {
      output: {
        KeyId: key.arn,
        DeletionDate: pending.deletion_at ?? undefined,
        KeyState: pending.state,
        PendingWindowInDays: days,
      },
      changes: [update(kmsKeyTable, key.row, { ...pending, next_state: null })],
      // The destruction of the last replica is what starts the waiting period.
      expect: replicas.map((row) => unchanged(kmsKeyTable, row)),
    };
  },
});

function pendingDeletion(now: number, days: number) {
  return { state: 'PendingDeletion', deletion_at: now + days * dayMs, pending_window_days: null } as const;
}

/** A primary key is not deleted while it has replicas ("Deleting multi-Region keys", KMS Developer Guide). */
function pendingReplicaDeletion(days: number) {
  return { state: 'PendingReplicaDeletion', deletion_at: null, pending_window_days: days } as const;
}
