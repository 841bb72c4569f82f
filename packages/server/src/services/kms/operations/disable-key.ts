import { keyId, required } from '@keyhaven/api-model';
import { operation } from '../../../pipeline/operation.ts';
import { keyTarget } from '../../../pipeline/targets/key.ts';
import { withLastUse } from '../../../pipeline/targets/last-use.ts';
import { kmsKeyTable } from '../../../storage/tables.ts';
import { update } from '../../../storage/unit-of-work.ts';

/** Disables a key; doing so twice is no error. https://docs.aws.amazon.com/kms/latest/APIReference/API_DisableKey.html */
export const DisableKey = operation({
  name: 'DisableKey',
  access: 'write',
  input: { KeyId: required(keyId) },
  output: undefined,
  target: withLastUse(keyTarget('idOrArn', 'DisableKey')),
  states: 'enableOrDisable',
  recorded: ['KeyId'],
  act: ({ loaded: { key } }) => ({
    output: undefined,
    changes: [update(kmsKeyTable, key.row, { state: 'Disabled' })],
  }),
});
