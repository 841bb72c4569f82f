import {
  duplicateTagKeys,
  invalidTagCharacters,
  reservedTagKey,
  type Tag,
  tooManyTags,
} from '@keyhaven/api-model';

/** "Tags" of the KMS Developer Guide: at most 50 on a key. */
const mostTags = 50;

const permitted = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** Reads the tags of one request, in order; throws AWS's TagException. */
export function readTags(tags: readonly Tag[]): Map<string, string> {
  const read = new Map<string, string>();
  for (const { TagKey, TagValue } of tags) {
    if (/^aws:/i.test(TagKey)) throw reservedTagKey();
    if (!permitted.test(TagKey) || !permitted.test(TagValue)) throw invalidTagCharacters();
    if (read.has(TagKey)) throw duplicateTagKeys();
    read.set(TagKey, TagValue);
  }
  assertTagCount(read.size);
  return read;
}

export function assertTagCount(count: number): void {
  if (count > mostTags) throw tooManyTags();
}

/** Tags as their rows spell them. */
export function tagRows(
  tags: ReadonlyMap<string, string>,
): readonly { readonly tag_key: string; readonly tag_value: string }[] {
  return [...tags].map(([tag_key, tag_value]) => ({ tag_key, tag_value }));
}
