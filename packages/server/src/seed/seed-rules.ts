import { Secret } from '@keyhaven/crypto';
import { readTags } from '../keys/tag-rules.ts';
import type { SeedDocument, SeedPath } from './seed-document.ts';
import { awsRuleBrokenBy } from './seed-values.ts';

/** Refuses the second of two equal names. */
export function refuseRepeated(
  document: SeedDocument,
  names: readonly { readonly name: string; readonly at: SeedPath }[],
): void {
  const seen = new Map<string, SeedPath>();
  for (const { name, at } of names) {
    const first = seen.get(name);
    if (first !== undefined) {
      throw document.refusal(at, `repeats what stands in line ${document.lineOf(first)}`);
    }
    seen.set(name, at);
  }
}

/** Key material in hexadecimal as secrets; refuses the same material twice in one key. */
export function readMaterials(
  document: SeedDocument,
  given: readonly string[],
  at: SeedPath,
): readonly Secret[] {
  refuseRepeated(
    document,
    given.map((hex, index) => ({ name: hex.toLowerCase(), at: [...at, index] })),
  );
  return given.map((hex) => Secret.take(Buffer.from(hex, 'hex')));
}

/** The tags of a key, or of a principal of IAM, which takes tag keys for the same that differ in case alone. */
export function readSeedTags(
  document: SeedDocument,
  given: Readonly<Record<string, string>>,
  at: SeedPath,
  keys: 'case-sensitive' | 'case-insensitive' = 'case-sensitive',
): ReadonlyMap<string, string> {
  const tags = Object.entries(given).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
  for (const { TagKey, TagValue } of tags) {
    const here = [...at, TagKey];
    if (TagKey.length < 1 || TagKey.length > 128)
      throw document.refusal(here, 'has a tag key of other than 1 to 128 characters');
    if (TagValue.length > 256) throw document.refusal(here, 'must be at most 256 characters');
    const broken = awsRuleBrokenBy(() => readTags([{ TagKey, TagValue }]));
    if (broken !== undefined) throw document.refusal(here, `breaks a rule of tags: ${broken}`);
  }
  if (keys === 'case-insensitive') {
    const names = tags.map(({ TagKey }) => ({ name: TagKey.toLowerCase(), at: [...at, TagKey] }));
    refuseRepeated(document, names);
  }
  const broken = awsRuleBrokenBy(() => readTags(tags));
  if (broken !== undefined) throw document.refusal(at, `break a rule of tags: ${broken}`);
  return readTags(tags);
}
