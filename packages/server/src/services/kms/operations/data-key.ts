import { dataKeySizeNotChosen, type DataKeySpec } from '@keyhaven/api-model';
import { randomBytes } from '@keyhaven/crypto';
import { encodeContext } from '../../../keys/encode-context.ts';
import type { KmsKey } from '../../../keys/kms-key.ts';
import type { KeyStore } from '../../../key-stores/port.ts';
import { type Maybe, andThen } from '../../../maybe.ts';

interface DataKeySize {
  readonly KeySpec?: DataKeySpec | undefined;
  readonly NumberOfBytes?: number | undefined;
}

/** Exactly one of the two says how long the data key is (GenerateDataKey, "KeySpec"). */
export function assertOneSize({ KeySpec, NumberOfBytes }: DataKeySize): void {
  if ((KeySpec === undefined) === (NumberOfBytes === undefined)) throw dataKeySizeNotChosen();
}

export interface DataKey {
  readonly plaintext: Buffer;
  readonly ciphertextBlob: Buffer;
}

/** Makes a data key and encrypts it under the KMS key; the plaintext is the caller's to return or to zeroise. */
export function makeDataKey(
  input: DataKeySize & { readonly EncryptionContext?: ReadonlyMap<string, string> | undefined },
  key: KmsKey,
  keyStore: KeyStore,
): Maybe<DataKey> {
  const length = input.NumberOfBytes ?? (input.KeySpec === 'AES_128' ? 16 : 32);
  const plaintext = randomBytes(length);
  const sealed = keyStore.encrypt(
    { material: key.current, spec: key.spec },
    plaintext,
    encodeContext(input.EncryptionContext),
  );
  return andThen(sealed, (ciphertextBlob) => ({ plaintext, ciphertextBlob }));
}
