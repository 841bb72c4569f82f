import { incorrectKey, invalidCiphertext, unknownCiphertextKey } from '@keyhaven/api-model';
import { readBlobHeader } from '@keyhaven/crypto';
import { currentMaterial, isPermanent } from '../../keys/key-material.ts';
import type { KmsKey, MaterialRow } from '../../keys/kms-key.ts';
import { andThen, type Maybe } from '../../maybe.ts';
import type { LoadingCall } from '../operation.ts';
import type { Ports } from '../ports.ts';
import { findKey } from './find-key.ts';

/** A symmetric ciphertext blob, the key it belongs to, and the key material that opens it. */
export interface CiphertextKey {
  readonly key: KmsKey;
  /** Undefined where the blob names none of the key's, or there is none (DryRun with IGNORE_CIPHERTEXT). */
  readonly material: MaterialRow | undefined;
  /** The caller named no key: a refusal must not tell an unknown key from a forbidden one. */
  readonly isConcealed: boolean;
  readonly hasReadableHeader: boolean;
}

/**
 * The key of a ciphertext: the one that the caller names, or else the one whose key material the blob names
 * (Decrypt, "KeyId": for symmetric ciphertext KMS gets it from metadata that it added to the ciphertext).
 */
export function findCiphertextKey(
  blob: Buffer | undefined,
  keyId: string | undefined,
  call: LoadingCall<unknown>,
  ports: Ports,
  action: string,
): Maybe<CiphertextKey> {
  const header = blob === undefined ? undefined : readBlobHeader(blob);
  const hasReadableHeader = header !== undefined;
  if (keyId !== undefined) {
    return andThen(findKey(keyId, 'any', call, ports, action), (key) => ({
      key,
      material: materialOf(key, header?.keyMaterialId),
      isConcealed: false,
      hasReadableHeader,
    }));
  }
  if (header === undefined) throw invalidCiphertext();
  const { keyMaterialId } = header;
  return andThen(ports.directory.findByMaterial(call.caller.region, keyMaterialId), (address) => {
    if (address === undefined) throw unknownCiphertextKey();
    return andThen(ports.directory.findKey(address), (key) => {
      if (key === undefined) throw unknownCiphertextKey();
      return { key, material: materialOf(key, keyMaterialId), isConcealed: true, hasReadableHeader };
    });
  });
}

/**
 * Refuses a key that cannot have made the ciphertext: without another algorithm, a symmetric key did (Decrypt,
 * "EncryptionAlgorithm").
 */
export function assertMayHaveEncrypted({ key }: CiphertextKey, algorithm: string | undefined): void {
  const isSymmetric = algorithm === undefined || algorithm === 'SYMMETRIC_DEFAULT';
  if (isSymmetric && key.spec.type !== 'symmetric') throw incorrectKey();
}

/** The material to open the ciphertext with, once the caller is authorized: refuses a blob of another key. */
export function openingMaterial({ key, material, hasReadableHeader }: CiphertextKey): MaterialRow {
  // Asymmetric ciphertext names no key.
  if (key.spec.type === 'asymmetric') return currentMaterial(key);
  if (material !== undefined) return material;
  throw hasReadableHeader ? incorrectKey() : invalidCiphertext();
}

/** Key material that waits for its rotation has encrypted nothing, and may not be here at all. */
function materialOf(key: KmsKey, materialId: string | undefined): MaterialRow | undefined {
  return key.materials.find((material) => material.material_id === materialId && isPermanent(material));
}
