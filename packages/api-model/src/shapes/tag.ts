import { list, required, string, structure } from '../shape.ts';
import type { ValueOf } from '../shape.ts';

// TagResource, UntagResource and ListResourceTags of the KMS API Reference.

export const tagKey = string({ min: 1, max: 128 });
export const tagValue = string({ max: 256 });
export const tag = structure({ TagKey: required(tagKey), TagValue: required(tagValue) });
export type Tag = ValueOf<typeof tag>;

/** No limit of its own: a key with more than fifty tags is a TagException. */
export const tags = list(tag);
export const tagKeys = list(tagKey);
