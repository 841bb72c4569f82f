import { keyId, required } from '@keyhaven/api-model';
import { operation } from '../../../pipeline/operation.ts';
import { keyTarget } from '../../../pipeline/targets/key.ts';
import { kmsKeyTable } from '../../../storage/tables.ts';
import { update } from '../../../storage/unit-of-work.ts';

/** Ends the waiting period; the key is Disabled, never Enabled. https://docs.aws.amazon.com/kms/latest/APIReference/API_CancelKeyDeletion.html */
export const CancelKeyDeletion = operation({
  name: 'CancelKeyDeletion',
  access: 'write',
  input: { KeyId: required(keyId) },
  output: { KeyId: keyId },
  target: keyTarget('idOrArn', 'CancelKeyDeletion'),
  states: 'cancelKeyDeletion',
  recorded: ['KeyId'],
  act: ({ loaded: { key } }) => ({
    output: { KeyId: key.arn },
    changes: [
      update(kmsKeyTable, key.row, { state: 'Disabled', deletion_at: null, pending_window_days: null }),
    ],
  }),
});
