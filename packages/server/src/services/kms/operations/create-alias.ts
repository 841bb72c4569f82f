import { aliasExists, aliasName, aliasQuota, keyId, required } from '@keyhaven/api-model';
import { mostAliasesOfAKey } from '../../../keys/alias-name.ts';
import { aliasArn } from '../../../keys/key-arn.ts';
import { operation } from '../../../pipeline/operation.ts';
import { newAliasTarget } from '../../../pipeline/targets/alias.ts';
import { aliasTable, kmsKeyTable } from '../../../storage/tables.ts';
import { insert, update } from '../../../storage/unit-of-work.ts';

/** Gives a key a name. https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html */
export const CreateAlias = operation({
  name: 'CreateAlias',
  access: 'write',
  input: { AliasName: required(aliasName), TargetKeyId: required(keyId) },
  output: undefined,
  target: newAliasTarget(),
  states: 'notPendingDeletion',
  recorded: ['AliasName', 'TargetKeyId'],
  act({ input: { AliasName }, caller: { accountId, region }, loaded: { existing, newTarget }, now }) {
    if (existing !== undefined) throw aliasExists(aliasArn(accountId, region, AliasName));
    if (newTarget.aliases.length >= mostAliasesOfAKey) throw aliasQuota(mostAliasesOfAKey);
    const row = {
      account_id: accountId,
      region,
      alias_name: AliasName,
      target_key_id: newTarget.row.key_id,
      created_at: now,
      updated_at: now,
    };
    // The key's version rises with its aliases: two requests cannot both make the fiftieth.
    return { output: undefined, changes: [insert(aliasTable, row), update(kmsKeyTable, newTarget.row, {})] };
  },
});
