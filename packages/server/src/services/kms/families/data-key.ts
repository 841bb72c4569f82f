import { dataKeySizeNotChosen, type DataKeySpec } from '@keyhaven/api-model';
import { randomBytes } from '@keyhaven/crypto';
import { encodeContext } from '../../../keys/encode-context.ts';
import type { KmsKey } from '../../../keys/kms-key.ts';
import { type KeyStore, referenceTo } from '../../../key-stores/port.ts';
import { assertAlgorithm } from '../../../keys/algorithms.ts';
import { currentMaterial } from '../../../keys/key-material.ts';
import { type Maybe, andThen } from '../../../maybe.ts';
import { orZeroise } from './or-zeroise.ts';

interface DataKeySize {
  readonly KeySpec?: DataKeySpec | undefined;
  readonly NumberOfBytes?: number | undefined;
}

/** Exactly one of the two says how long the data key is (GenerateDataKey, "KeySpec"). */
export function assertOneSize({ KeySpec, NumberOfBytes }: DataKeySize): void {
  if ((KeySpec === undefined) === (NumberOfBytes === undefined)) throw dataKeySizeNotChosen();
}

/** Data keys and data key pairs are encrypted under symmetric keys only. */
export function assertMakesDataKeys(key: KmsKey): void {
  assertAlgorithm(key, 'SYMMETRIC_DEFAULT');
}

export interface DataKey {
  readonly plaintext: Buffer;
  readonly ciphertextBlob: Buffer;
  readonly keyMaterialId: string;
}

/** Makes a data key and encrypts it under the KMS key; the plaintext is the caller's to return or to zeroise. */
export function makeDataKey(
  input: DataKeySize & { readonly EncryptionContext?: ReadonlyMap<string, string> | undefined },
  key: KmsKey,
  keyStore: KeyStore,
): Maybe<DataKey> {
  assertMakesDataKeys(key);
  const material = currentMaterial(key);
  const length = input.NumberOfBytes ?? (input.KeySpec === 'AES_128' ? 16 : 32);
  const plaintext = randomBytes(length);
  const sealed = orZeroise(plaintext, () =>
    keyStore.encrypt(
      referenceTo(key, material),
      'SYMMETRIC_DEFAULT',
      plaintext,
      encodeContext(input.EncryptionContext),
    ),
  );
  return andThen(sealed, (ciphertextBlob) => ({
    plaintext,
    ciphertextBlob,
    keyMaterialId: material.material_id,
  }));
}
