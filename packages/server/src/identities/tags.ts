import { BrokenIdentityError } from './broken-identity.ts';

export type Tags = ReadonlyMap<string, string>;

/** Tags as their column holds them. */
export function tagsText(tags: Tags): string {
  return JSON.stringify(Object.fromEntries(tags));
}

/** Reads what `tagsText` wrote; undefined for anything else. */
export function findTags(text: string): Tags | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const tags = new Map<string, string>();
  for (const [key, tag] of Object.entries(value)) {
    if (typeof tag !== 'string') return undefined;
    tags.set(key, tag);
  }
  return tags;
}

/** Reads what is stored for `owner`; throws BrokenIdentityError. */
export function readTags(text: string, owner: string): Tags {
  const tags = findTags(text);
  if (tags === undefined) throw new BrokenIdentityError(`the tags of ${owner} do not read`);
  return tags;
}

/** The tags of a session over those of its role; tag keys differ in more than case ("Passing session tags in AWS STS"). */
export function overlayTags(own: Tags, session: Tags): Tags {
  if (session.size === 0) return own;
  const given = new Set([...session.keys()].map((key) => key.toLowerCase()));
  const kept = [...own].filter(([key]) => !given.has(key.toLowerCase()));
  return new Map([...kept, ...session]);
}
