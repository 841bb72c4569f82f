import { type DataKeyPairSpec, keySpecNotInRegion, unsupportedOperation } from '@keyhaven/api-model';
import type { KeyPair } from '@keyhaven/crypto';
import { type KeyPairMaker, type KeyStore, referenceTo } from '../../../key-stores/port.ts';
import { encodeContext } from '../../../keys/encode-context.ts';
import type { KeyDirectory } from '../../../keys/key-directory.ts';
import { currentMaterial } from '../../../keys/key-material.ts';
import { findKeySpec, isInRegion } from '../../../keys/key-specs.ts';
import type { KmsKey } from '../../../keys/kms-key.ts';
import { type Maybe, andThen } from '../../../maybe.ts';
import type { ActingCall } from '../../../pipeline/operation.ts';
import { orZeroise } from './or-zeroise.ts';
import { findPresentKey } from './present-key.ts';

interface DataKeyPairInput {
  readonly KeyPairSpec: DataKeyPairSpec;
  readonly EncryptionContext?: ReadonlyMap<string, string> | undefined;
}

export interface DataKeyPair extends KeyPair {
  readonly privateKeyCiphertext: Buffer;
  readonly keyMaterialId: string;
}

interface DataKeyPairPorts {
  readonly keyPairs: KeyPairMaker;
  readonly keyStore: KeyStore;
  readonly directory: Pick<KeyDirectory, 'findKey'>;
}

/**
 * Makes a data key pair: the private key as PKCS#8, in clear and encrypted under the KMS key, and the public key. The
 * clear private key is the caller's to return or to zeroise. `call`: the time of the request, in epoch milliseconds, and who waits
 * for the pair, which is the caller's account and not that of the key.
 */
export async function makeDataKeyPair(
  input: DataKeyPairInput,
  key: KmsKey,
  { keyPairs, keyStore, directory }: DataKeyPairPorts,
  { now, caller: { accountId } }: Pick<ActingCall<unknown, unknown>, 'now' | 'caller'>,
): Promise<DataKeyPair> {
  const spec = findKeySpec(input.KeyPairSpec);
  if (spec === undefined) throw unsupportedOperation();
  if (!isInRegion(spec, key.row.region)) throw keySpecNotInRegion(spec.name, key.row.region);
  const pair = await keyPairs.generate(spec, accountId);
  return orZeroise(pair.privateKey, () =>
    andThen(findPresentKey(key, directory, now), (usable) => sealPair(pair, input, usable, keyStore)),
  );
}

function sealPair(
  pair: KeyPair,
  { EncryptionContext }: DataKeyPairInput,
  key: KmsKey,
  keyStore: KeyStore,
): Maybe<DataKeyPair> {
  const material = currentMaterial(key);
  const sealed = keyStore.encrypt(
    referenceTo(key, material),
    'SYMMETRIC_DEFAULT',
    pair.privateKey,
    encodeContext(EncryptionContext),
  );
  return andThen(sealed, (privateKeyCiphertext) => ({
    ...pair,
    privateKeyCiphertext,
    keyMaterialId: material.material_id,
  }));
}
