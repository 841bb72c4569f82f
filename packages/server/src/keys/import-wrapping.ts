import type { WrappingAlgorithmName, WrappingKeySpec } from '@keyhaven/api-model';
import { partitionOf } from './key-arn.ts';

/**
 * How key material of one key spec may be wrapped for its import: the wrapping algorithms, and the wrapping keys of each
 * ("Select a wrapping algorithm", KMS Developer Guide). Empty: key material of the spec cannot be imported.
 */
export type ImportWrapping = ReadonlyMap<WrappingAlgorithmName, readonly WrappingKeySpec[]>;

type Entry = readonly [WrappingAlgorithmName, readonly WrappingKeySpec[]];

const rsaKeys = ['RSA_2048', 'RSA_3072', 'RSA_4096'] as const;

/** Encrypted under the wrapping key itself, which must be large enough. */
const direct = (keys: readonly WrappingKeySpec[]): readonly Entry[] => [
  ['RSAES_OAEP_SHA_1', keys],
  ['RSAES_OAEP_SHA_256', keys],
];

/** Wrapped under an AES key, which is encrypted under the wrapping key: any size. */
const underAes: readonly Entry[] = [
  ['RSA_AES_KEY_WRAP_SHA_1', rsaKeys],
  ['RSA_AES_KEY_WRAP_SHA_256', rsaKeys],
];

const sm2: readonly Entry[] = [['SM2PKE', ['SM2']]];

/**
 * Symmetric keys, HMAC keys and most elliptic curves. The API reference names the RSA_AES algorithms for RSA and ECC only,
 * newer tables for the others too: here they are taken.
 */
export const anyWrapping: ImportWrapping = new Map([...direct(rsaKeys), ...underAes, ...sm2]);

/** Private keys that do not fit into what RSA_2048 encrypts at once: ECC_NIST_P521. */
export const wrappingOfLongKeys: ImportWrapping = new Map([
  ...direct(['RSA_3072', 'RSA_4096']),
  ...underAes,
  ...sm2,
]);

/** Private keys that fit into nothing that RSA encrypts: those of RSA itself. */
export const wrappingOfRsaKeys: ImportWrapping = new Map(underAes);

/** SM2 private keys: the Regions that have them have no RSA_AES algorithms. */
export const wrappingOfSm2Keys: ImportWrapping = new Map([...direct(rsaKeys), ...sm2]);

/** ML-DSA keys cannot be imported (CreateKey, "Origin"), and nothing says that ML-KEM keys can. */
export const noWrapping: ImportWrapping = new Map();

/** Algorithms that only some partitions have: true for China alone, false for all but China. */
const isInChina: ReadonlyMap<WrappingAlgorithmName, boolean> = new Map([
  ['SM2PKE', true],
  ['RSA_AES_KEY_WRAP_SHA_1', false],
  ['RSA_AES_KEY_WRAP_SHA_256', false],
]);

/** Whether key material may be wrapped so in the Region. RSAES_PKCS1_V1_5 never: AWS has refused it since October 2023. */
export function permitsWrapping(
  wrapping: ImportWrapping,
  algorithm: WrappingAlgorithmName,
  key: WrappingKeySpec,
  region: string,
): boolean {
  const inChina = isInChina.get(algorithm);
  if (inChina !== undefined && inChina !== (partitionOf(region) === 'aws-cn')) return false;
  return wrapping.get(algorithm)?.includes(key) === true;
}
