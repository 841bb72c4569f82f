import {
  ciphertext,
  encapsulationAlgorithm,
  flag,
  grantTokens,
  keyId,
  required,
  sharedSecret,
} from '@keyhaven/api-model';
import { referenceTo } from '../../../key-stores/port.ts';
import { assertAlgorithm } from '../../../keys/algorithms.ts';
import { currentMaterial } from '../../../keys/key-material.ts';
import { andThen } from '../../../maybe.ts';
import { operation } from '../../../pipeline/operation.ts';
import { keyTarget } from '../../../pipeline/targets/key.ts';

/** Makes a shared secret, in clear and encapsulated under the KMS key (FIPS 203). https://docs.aws.amazon.com/kms/latest/APIReference/API_Encapsulate.html */
export const Encapsulate = operation({
  name: 'Encapsulate',
  access: 'read',
  input: {
    KeyId: required(keyId),
    EncapsulationAlgorithm: required(encapsulationAlgorithm),
    GrantTokens: grantTokens,
    DryRun: flag(),
  },
  output: {
    KeyId: keyId,
    SharedSecret: sharedSecret,
    SharedSecretCiphertextBlob: ciphertext,
    EncapsulationAlgorithm: encapsulationAlgorithm,
  },
  target: keyTarget('any', 'Encapsulate'),
  states: 'cryptographic',
  usage: 'ENCAPSULATE_DECAPSULATE',
  recorded: ['KeyId', 'EncapsulationAlgorithm'],
  act({ input: { EncapsulationAlgorithm }, loaded: { key } }, { keyStore }) {
    assertAlgorithm(key, EncapsulationAlgorithm);
    const material = currentMaterial(key);
    const encapsulated = keyStore.encapsulate(referenceTo(key, material), EncapsulationAlgorithm);
    return andThen(
      encapsulated,
      ({ sharedSecret: SharedSecret, ciphertext: SharedSecretCiphertextBlob }) => ({
        output: { KeyId: key.arn, SharedSecret, SharedSecretCiphertextBlob, EncapsulationAlgorithm },
        keyMaterialId: material.material_id,
      }),
    );
  },
});
