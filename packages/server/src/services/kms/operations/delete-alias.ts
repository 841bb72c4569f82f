import { aliasName, required } from '@keyhaven/api-model';
import { operation } from '../../../pipeline/operation.ts';
import { deletedAliasTarget } from '../../../pipeline/targets/alias.ts';
import { aliasTable, kmsKeyTable } from '../../../storage/tables.ts';
import { remove, update } from '../../../storage/unit-of-work.ts';

/** Takes a name off a key, whatever the key's state. https://docs.aws.amazon.com/kms/latest/APIReference/API_DeleteAlias.html */
export const DeleteAlias = operation({
  name: 'DeleteAlias',
  access: 'write',
  input: { AliasName: required(aliasName) },
  output: undefined,
  target: deletedAliasTarget(),
  recorded: ['AliasName'],
  act: ({ loaded: { alias, target } }) => ({
    output: undefined,
    changes: [remove(aliasTable, alias), update(kmsKeyTable, target.row, {})],
  }),
});
