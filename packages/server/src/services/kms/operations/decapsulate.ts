import {
  ciphertext,
  encapsulationAlgorithm,
  flag,
  grantTokens,
  invalidCiphertext,
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

/**
 * Opens an encapsulated shared secret. A ciphertext that was changed yields another secret and no error: FIPS 203's
 * implicit rejection. https://docs.aws.amazon.com/kms/latest/APIReference/API_Decapsulate.html
 */
export const Decapsulate = operation({
  name: 'Decapsulate',
  access: 'read',
  input: {
    KeyId: required(keyId),
    SharedSecretCiphertextBlob: required(ciphertext),
    EncapsulationAlgorithm: required(encapsulationAlgorithm),
    GrantTokens: grantTokens,
    DryRun: flag(),
  },
  output: { KeyId: keyId, SharedSecret: sharedSecret, EncapsulationAlgorithm: encapsulationAlgorithm },
  target: keyTarget('any', 'Decapsulate'),
  states: 'cryptographic',
  usage: 'ENCAPSULATE_DECAPSULATE',
  recorded: ['KeyId', 'EncapsulationAlgorithm'],
  act({ input, loaded: { key } }, { keyStore }) {
    const { EncapsulationAlgorithm, SharedSecretCiphertextBlob } = input;
    assertAlgorithm(key, EncapsulationAlgorithm);
    const material = currentMaterial(key);
    const opened = keyStore.decapsulate(
      referenceTo(key, material),
      EncapsulationAlgorithm,
      SharedSecretCiphertextBlob,
    );
    return andThen(opened, (SharedSecret) => {
      if (SharedSecret === undefined) throw invalidCiphertext();
      return {
        output: { KeyId: key.arn, SharedSecret, EncapsulationAlgorithm },
        keyMaterialId: material.material_id,
      };
    });
  },
});
