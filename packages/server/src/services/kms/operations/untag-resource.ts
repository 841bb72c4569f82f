import { keyId, required, tagKeys } from '@keyhaven/api-model';
import { operation } from '../../../pipeline/operation.ts';
import { keyTarget } from '../../../pipeline/targets/key.ts';
import { kmsKeyTable, tagTable } from '../../../storage/tables.ts';
import { remove, update } from '../../../storage/unit-of-work.ts';

/** Removes tags; a key that is not there is no error. https://docs.aws.amazon.com/kms/latest/APIReference/API_UntagResource.html */
export const UntagResource = operation({
  name: 'UntagResource',
  access: 'write',
  input: { KeyId: required(keyId), TagKeys: required(tagKeys) },
  output: undefined,
  target: keyTarget('idOrArn', 'UntagResource'),
  states: 'notPendingDeletion',
  recorded: ['KeyId', 'TagKeys'],
  act({ input, loaded: { key } }) {
    const removed = new Set(input.TagKeys);
    const rows = key.tags.filter(({ tag_key }) => removed.has(tag_key));
    return {
      output: undefined,
      changes: [...rows.map((row) => remove(tagTable, row)), update(kmsKeyTable, key.row, {})],
    };
  },
});
