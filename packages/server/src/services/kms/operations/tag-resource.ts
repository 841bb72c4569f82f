import { keyId, required, tags } from '@keyhaven/api-model';
import { assertTagCount, readTags } from '../../../keys/tag-rules.ts';
import { operation } from '../../../pipeline/operation.ts';
import { keyTarget } from '../../../pipeline/targets/key.ts';
import { kmsKeyTable, tagTable } from '../../../storage/tables.ts';
import { insert, update } from '../../../storage/unit-of-work.ts';

/** Adds tags, and gives existing ones new values. https://docs.aws.amazon.com/kms/latest/APIReference/API_TagResource.html */
export const TagResource = operation({
  name: 'TagResource',
  access: 'write',
  input: { KeyId: required(keyId), Tags: required(tags) },
  output: undefined,
  target: keyTarget('idOrArn', 'TagResource'),
  states: 'notPendingDeletion',
  recorded: ['KeyId', 'Tags'],
  check({ Tags }) {
    readTags(Tags);
  },
  act({ input, loaded: { key } }) {
    const { account_id, region, key_id } = key.row;
    const existing = new Map(key.tags.map((row) => [row.tag_key, row]));
    const changes = [...readTags(input.Tags)].map(([tag_key, tag_value]) => {
      const row = existing.get(tag_key);
      return row === undefined
        ? insert(tagTable, { account_id, region, key_id, tag_key, tag_value })
        : update(tagTable, row, { tag_value });
    });
    assertTagCount(existing.size + changes.filter(({ version }) => version === 0).length);
    return { output: undefined, changes: [...changes, update(kmsKeyTable, key.row, {})] };
  },
});
