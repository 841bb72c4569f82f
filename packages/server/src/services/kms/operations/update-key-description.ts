import { description, keyId, required } from '@keyhaven/api-model';
import { operation } from '../../../pipeline/operation.ts';
import { keyTarget } from '../../../pipeline/targets/key.ts';
import { kmsKeyTable } from '../../../storage/tables.ts';
import { update } from '../../../storage/unit-of-work.ts';

/** Replaces a key's description; it may be empty. https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdateKeyDescription.html */
export const UpdateKeyDescription = operation({
  name: 'UpdateKeyDescription',
  access: 'write',
  input: { KeyId: required(keyId), Description: required(description) },
  output: undefined,
  target: keyTarget('idOrArn', 'UpdateKeyDescription'),
  states: 'notPendingDeletion',
  recorded: ['KeyId', 'Description'],
  act: ({ input, loaded: { key } }) => ({
    output: undefined,
    changes: [update(kmsKeyTable, key.row, { description: input.Description })],
  }),
});
