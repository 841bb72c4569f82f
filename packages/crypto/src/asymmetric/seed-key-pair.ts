import { Secret } from '../secret.ts';
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
  const privateKey = seed.use((bytes) => encodeSeed(format, bytes));
  const publicKey = computePublicKey(privateKey);
  if (publicKey === undefined) throw new Error('OpenSSL refused a seed');
  return { privateKey, publicKey };
}

/**
 * Reads a private key in any of its three forms. In canonical form it is the seed alone, or the expanded key where the seed
 * is not known. OpenSSL refuses an expanded key that is not the seed's, or that does not fit its own public key; of what it
 * has beside, z of ML-KEM and K of ML-DSA, any bytes will do.
 */
export function readSeedKeyPair(pkcs8: Uint8Array, format: SeedKeyFormat): KeyPair | undefined {
  const info = readPkcs8(pkcs8, format.algorithm);
  const key = info && readSeedPrivateKey(info.privateKey, format.seedBytes, format.expandedBytes);
  if (info === undefined || key === undefined) return undefined;
  const given = encodePkcs8(format.algorithm, info.privateKey);
  const publicKey = computePublicKey(given);
  const isOwn =
    info.publicKey === undefined || publicKey?.equals(encodeSpki(format.algorithm, info.publicKey));
  if (publicKey === undefined || isOwn !== true) {
    given.fill(0);
    return undefined;
  }
  if (key.seed === undefined) return { privateKey: given, publicKey };
  given.fill(0);
  return { privateKey: encodeSeed(format, key.seed), publicKey };
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

function encodeSeed(format: SeedKeyFormat, seed: Uint8Array): Buffer {
  return encodePkcs8(format.algorithm, [{ tag: seedTag, contents: seed }]);
}
