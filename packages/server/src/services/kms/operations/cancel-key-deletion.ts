import { keyId, required } from '@keyhaven/api-model';
import { isWhole } from '../../../keys/key-material.ts';
import { operation } from '../../../pipeline/operation.ts';
import { keyTarget } from '../../../pipeline/targets/key.ts';
import { kmsKeyTable } from '../../../storage/tables.ts';
import { update } from '../../../storage/unit-of-work.ts';

/**
 * Ends the waiting period; the key is Disabled, never Enabled. Without its key material it is PendingImport again, which
 * AWS does not document. https://docs.aws.amazon.com/kms/latest/APIReference/API_CancelKeyDeletion.html
 */
export const CancelKeyDeletion = operation({
  name: 'CancelKeyDeletion',
  access: 'write',
  input: { KeyId: required(keyId) },
  output: { KeyId: keyId },
  target: keyTarget('idOrArn', 'CancelKeyDeletion'),
  states: 'cancelKeyDeletion',
  recorded: ['KeyId'],
  act({ loaded: { key }, now }) {
    const state = isWhole(key.materials, now) ? 'Disabled' : 'PendingImport';
    return {
      output: { KeyId: key.arn },
      changes: [update(kmsKeyTable, key.row, { state, deletion_at: null, pending_window_days: null })],
    };
  },
});
