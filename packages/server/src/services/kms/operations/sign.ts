import {
  flag,
  grantTokens,
  keyId,
  message,
  messageType,
  required,
  signature,
  signingAlgorithm,
} from '@keyhaven/api-model';
import { referenceTo } from '../../../key-stores/port.ts';
import { currentMaterial } from '../../../keys/key-material.ts';
import { andThen } from '../../../maybe.ts';
import { operation } from '../../../pipeline/operation.ts';
import { keyTarget } from '../../../pipeline/targets/key.ts';
import { assertSignable } from '../families/message-rules.ts';

/** Signs a message or its digest. https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html */
export const Sign = operation({
  name: 'Sign',
  access: 'read',
  input: {
    KeyId: required(keyId),
    Message: required(message),
    MessageType: messageType,
    GrantTokens: grantTokens,
    SigningAlgorithm: required(signingAlgorithm),
    DryRun: flag(),
  },
  output: { KeyId: keyId, Signature: signature, SigningAlgorithm: signingAlgorithm },
  target: keyTarget('any', 'Sign'),
  states: 'cryptographic',
  usage: 'SIGN_VERIFY',
  recorded: ['KeyId', 'MessageType', 'SigningAlgorithm'],
  act({ input, loaded: { key } }, { keyStore }) {
    const { Message, MessageType = 'RAW', SigningAlgorithm } = input;
    assertSignable(key, SigningAlgorithm, MessageType, Message);
    const material = currentMaterial(key);
    const reference = referenceTo(key, material);
    return andThen(keyStore.sign(reference, SigningAlgorithm, MessageType, Message), (Signature) => ({
      output: { KeyId: key.arn, Signature, SigningAlgorithm },
      keyMaterialId: material.material_id,
    }));
  },
});
