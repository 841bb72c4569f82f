import { aliasName, aliasQuota, aliasTargetsDiffer, keyId, required } from '@keyhaven/api-model';
import { mostAliasesOfAKey } from '../../../keys/alias-name.ts';
import { operation } from '../../../pipeline/operation.ts';
import { retargetedAliasTarget } from '../../../pipeline/targets/alias.ts';
import { aliasTable, kmsKeyTable } from '../../../storage/tables.ts';
import { update } from '../../../storage/unit-of-work.ts';

/** Makes an alias refer to another key of the same kind. https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdateAlias.html */
export const UpdateAlias = operation({
  name: 'UpdateAlias',
  access: 'write',
  input: { AliasName: required(aliasName), TargetKeyId: required(keyId) },
  output: undefined,
  target: retargetedAliasTarget(),
  states: 'notPendingDeletion',
  recorded: ['AliasName', 'TargetKeyId'],
  act({ loaded: { alias, target, newTarget }, now }) {
    if (target.spec.type !== newTarget.spec.type || target.row.key_usage !== newTarget.row.key_usage)
      throw aliasTargetsDiffer();
    const isSameKey = target.row.key_id === newTarget.row.key_id;
    if (!isSameKey && newTarget.aliases.length >= mostAliasesOfAKey) throw aliasQuota(mostAliasesOfAKey);
    const changes = [
      update(aliasTable, alias, { target_key_id: newTarget.row.key_id, updated_at: now }),
      update(kmsKeyTable, target.row, {}),
    ];
    if (!isSameKey) changes.push(update(kmsKeyTable, newTarget.row, {}));
    return { output: undefined, changes };
  },
});
