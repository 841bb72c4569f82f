import { contextNotSupported, incompatibleAlgorithm, type KeyUsage } from '@keyhaven/api-model';
import { encodeContext } from './encode-context.ts';
import type { KmsKey } from './kms-key.ts';

/** Throws InvalidKeyUsageException unless the key spec has the algorithm for the key's usage. */
export function assertAlgorithm({ spec, row }: KmsKey, algorithm: string): void {
  const algorithms = spec.algorithms.get(row.key_usage as KeyUsage);
  if (algorithms?.includes(algorithm) !== true) throw incompatibleAlgorithm(algorithm, spec.name);
}

/** The encryption context as associated data; asymmetric encryption has none (Encrypt, "EncryptionContext"). */
export function contextFor({ spec }: KmsKey, context: ReadonlyMap<string, string> | undefined): Buffer {
  if (spec.type === 'asymmetric' && context !== undefined && context.size > 0)
    throw contextNotSupported(spec.name);
  return encodeContext(context);
}
