import { flag, grantTokens, keyId, mac, macAlgorithm, message, required } from '@keyhaven/api-model';
import { referenceTo } from '../../../key-stores/port.ts';
import { assertAlgorithm } from '../../../keys/algorithms.ts';
import { currentMaterial } from '../../../keys/key-material.ts';
import { andThen } from '../../../maybe.ts';
import { operation } from '../../../pipeline/operation.ts';
import { keyTarget } from '../../../pipeline/targets/key.ts';

/** Makes the HMAC of a message. https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateMac.html */
export const GenerateMac = operation({
  name: 'GenerateMac',
  access: 'read',
  input: {
    Message: required(message),
    KeyId: required(keyId),
    MacAlgorithm: required(macAlgorithm),
    GrantTokens: grantTokens,
    DryRun: flag(),
  },
  output: { Mac: mac, MacAlgorithm: macAlgorithm, KeyId: keyId },
  target: keyTarget('any', 'GenerateMac'),
  states: 'cryptographic',
  usage: 'GENERATE_VERIFY_MAC',
  recorded: ['KeyId', 'MacAlgorithm'],
  act({ input: { Message, MacAlgorithm }, loaded: { key } }, { keyStore }) {
    assertAlgorithm(key, MacAlgorithm);
    const material = currentMaterial(key);
    return andThen(keyStore.mac(referenceTo(key, material), MacAlgorithm, Message), (Mac) => ({
      output: { Mac, MacAlgorithm, KeyId: key.arn },
      keyMaterialId: material.material_id,
    }));
  },
});
