import { flag, keyId, limit, marker, required, tags } from '@keyhaven/api-model';
import { operation } from '../../../pipeline/operation.ts';
import { cutPage, pageSize } from '../../../pipeline/page.ts';
import { keyTarget } from '../../../pipeline/targets/key.ts';

/** Lists a key's tags by their keys. https://docs.aws.amazon.com/kms/latest/APIReference/API_ListResourceTags.html */
export const ListResourceTags = operation({
  name: 'ListResourceTags',
  access: 'read',
  input: { KeyId: required(keyId), Limit: limit, Marker: marker },
  output: { Tags: tags, NextMarker: marker, Truncated: flag() },
  target: keyTarget('idOrArn', 'ListResourceTags'),
  recorded: ['KeyId', 'Limit', 'Marker'],
  act({ input, loaded: { key } }, { markers }) {
    const listing = ['ListResourceTags', key.arn];
    const after = markers.open(listing, input.Marker);
    const rows =
      after === undefined ? key.tags : key.tags.filter(({ tag_key }) => comesAfter(tag_key, after));
    const size = pageSize(input.Limit, { default: 50, most: 50 });
    const page = cutPage(rows, size, ({ tag_key }) => markers.seal(listing, tag_key));
    const Tags = page.items.map(({ tag_key, tag_value }) => ({ TagKey: tag_key, TagValue: tag_value }));
    return { output: { Tags, NextMarker: page.nextMarker, Truncated: page.truncated } };
  },
});

/** In the store's order, by the bytes of UTF-8: JavaScript's own puts letters beyond U+FFFF before some others. */
function comesAfter(tagKey: string, after: string): boolean {
  return Buffer.compare(Buffer.from(tagKey), Buffer.from(after)) > 0;
}
