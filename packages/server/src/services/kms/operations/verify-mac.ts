import {
  flag,
  grantTokens,
  invalidMac,
  keyId,
  mac,
  macAlgorithm,
  message,
  required,
} from '@keyhaven/api-model';
import { referenceTo } from '../../../key-stores/port.ts';
import { assertAlgorithm } from '../../../keys/algorithms.ts';
import { currentMaterial } from '../../../keys/key-material.ts';
import { andThen } from '../../../maybe.ts';
import { operation } from '../../../pipeline/operation.ts';
import { keyTarget } from '../../../pipeline/targets/key.ts';

/** Verifies a MAC that GenerateMac made; refuses what is not one. https://docs.aws.amazon.com/kms/latest/APIReference/API_VerifyMac.html */
export const VerifyMac = operation({
  name: 'VerifyMac',
  access: 'read',
  input: {
    Message: required(message),
    KeyId: required(keyId),
    MacAlgorithm: required(macAlgorithm),
    Mac: required(mac),
    GrantTokens: grantTokens,
    DryRun: flag(),
  },
  output: { KeyId: keyId, MacValid: flag(), MacAlgorithm: macAlgorithm },
  target: keyTarget('any', 'VerifyMac'),
  states: 'cryptographic',
  usage: 'GENERATE_VERIFY_MAC',
  recorded: ['KeyId', 'MacAlgorithm'],
  act({ input: { Message, MacAlgorithm, Mac }, loaded: { key } }, { keyStore }) {
    assertAlgorithm(key, MacAlgorithm);
    const material = currentMaterial(key);
    return andThen(keyStore.verifyMac(referenceTo(key, material), MacAlgorithm, Message, Mac), (MacValid) => {
      if (!MacValid) throw invalidMac();
      return { output: { KeyId: key.arn, MacValid, MacAlgorithm }, keyMaterialId: material.material_id };
    });
  },
});
