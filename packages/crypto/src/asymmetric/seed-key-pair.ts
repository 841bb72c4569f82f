import { Secret } from '../secret.ts';
import { derTag } from './der-tags.ts';
import { encodePkcs8, encodeSpki, readPkcs8 } from './key-encodings.ts';
import type { KeyPair } from './key-pair-kind.ts';
import { computePublicKey, type OpenPrivateKey, usePkcs8 } from './open-key.ts';
import { readSeedPrivateKey, type SeedPrivateKey, seedTag } from './seed-private-key.ts';

/** The sizes of a parameter set of ML-DSA (FIPS 204, table 2) or ML-KEM (FIPS 203, table 3), in bytes. */
export interface SeedKeyFormat {
  /** The contents of its AlgorithmIdentifier. */
  readonly algorithm: Buffer;
  readonly seedBytes: number;
  readonly expandedBytes: number;
}

/** Draws a seed; OpenSSL makes the key pair of it. */
export function generateFromSeed(format: SeedKeyFormat): KeyPair {
  using seed = Secret.random(format.seedBytes);
  const pair = seed.use((bytes) => makeKeyPair(format, { seed: bytes, expandedKey: undefined }));
  if (pair === undefined) throw new Error('OpenSSL refused a seed');
  return pair;
}

/**
 * Reads a private key in any of its three forms. In canonical form it is the seed alone, or the expanded key where the seed
 * is not known. OpenSSL refuses an expanded key that is not consistent, or not the seed's.
 */
export function readSeedKeyPair(pkcs8: Uint8Array, format: SeedKeyFormat): KeyPair | undefined {
  const info = readPkcs8(pkcs8, format.algorithm);
  const key = info && readSeedPrivateKey(info.privateKey, format.seedBytes, format.expandedBytes);
  if (info === undefined || key === undefined) return undefined;
  const pair = makeKeyPair(format, key);
  if (pair === undefined) return undefined;
  if (info.publicKey === undefined || encodeSpki(format.algorithm, info.publicKey).equals(pair.publicKey))
    return pair;
  pair.privateKey.fill(0);
  return undefined;
}

/** Lends the seed or the expanded key of an open key to `fn`, and zeroises it after. */
export function useSeedKey<T>(key: OpenPrivateKey, format: SeedKeyFormat, fn: (key: SeedPrivateKey) => T): T {
  return usePkcs8(key, (pkcs8) => {
    const info = readPkcs8(pkcs8, format.algorithm);
    const members = info && readSeedPrivateKey(info.privateKey, format.seedBytes, format.expandedBytes);
    if (members === undefined) throw new Error('The private key is of another kind');
    return fn(members);
  });
}

function makeKeyPair(format: SeedKeyFormat, { seed, expandedKey }: SeedPrivateKey): KeyPair | undefined {
  const forms = [
    seed && { tag: seedTag, contents: seed },
    expandedKey && { tag: derTag.octetString, contents: expandedKey },
  ];
  const encoded = forms.flatMap((form) => form ?? []).map((form) => encodePkcs8(format.algorithm, [form]));
  const publicKeys = encoded.map(computePublicKey);
  const [privateKey, ...others] = encoded;
  const [publicKey] = publicKeys;
  for (const other of others) other.fill(0);
  const agree = publicKey !== undefined && publicKeys.every((one) => one?.equals(publicKey));
  if (privateKey !== undefined && agree) return { privateKey, publicKey };
  privateKey?.fill(0);
  return undefined;
}
