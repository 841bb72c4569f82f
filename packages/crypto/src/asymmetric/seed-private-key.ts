import { readDer } from '../der/der-reader.ts';
import { contextTag, derTag } from '../der/der-tags.ts';

/** What a private key of ML-DSA or ML-KEM carries, as views. */
export interface SeedPrivateKey {
  readonly seed: Uint8Array | undefined;
  readonly expandedKey: Uint8Array | undefined;
}

export const seedTag = contextTag(0, 'primitive');

/**
 * The three forms of such a private key: the seed, the expanded key, or both (RFC 9881, section 6; RFC 9935, section 6).
 * Undefined for any other, and for other lengths.
 */
export function readSeedPrivateKey(
  privateKey: Uint8Array,
  seedBytes: number,
  expandedBytes: number,
): SeedPrivateKey | undefined {
  const key = readDer(privateKey, (reader) => {
    const seed = reader.optional(seedTag);
    if (seed !== undefined) return { seed, expandedKey: undefined };
    const expandedKey = reader.optional(derTag.octetString);
    if (expandedKey !== undefined) return { seed: undefined, expandedKey };
    return reader.inside(derTag.sequence, (both) => ({
      seed: both.contents(derTag.octetString),
      expandedKey: both.contents(derTag.octetString),
    }));
  });
  const fits = (bytes: Uint8Array | undefined, length: number): boolean =>
    bytes === undefined || bytes.length === length;
  return fits(key?.seed, seedBytes) && fits(key?.expandedKey, expandedBytes) ? key : undefined;
}
