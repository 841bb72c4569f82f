import {
  flag,
  grantTokens,
  invalidSignature,
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

/** Verifies a signature that Sign made; refuses what is not one. https://docs.aws.amazon.com/kms/latest/APIReference/API_Verify.html */
export const Verify = operation({
  name: 'Verify',
  access: 'read',
  input: {
    KeyId: required(keyId),
    Message: required(message),
    MessageType: messageType,
    Signature: required(signature),
    SigningAlgorithm: required(signingAlgorithm),
    GrantTokens: grantTokens,
    DryRun: flag(),
  },
  output: { KeyId: keyId, SignatureValid: flag(), SigningAlgorithm: signingAlgorithm },
  target: keyTarget('any', 'Verify'),
  states: 'cryptographic',
  usage: 'SIGN_VERIFY',
  recorded: ['KeyId', 'MessageType', 'SigningAlgorithm'],
  act({ input, loaded: { key } }, { keyStore }) {
    const { Message, MessageType = 'RAW', Signature, SigningAlgorithm } = input;
    assertSignable(key, SigningAlgorithm, MessageType, Message);
    const material = currentMaterial(key);
    const reference = referenceTo(key, material);
    return andThen(
      keyStore.verify(reference, SigningAlgorithm, MessageType, Message, Signature),
      (SignatureValid) => {
        if (!SignatureValid) throw invalidSignature();
        return {
          output: { KeyId: key.arn, SignatureValid, SigningAlgorithm },
          keyMaterialId: material.material_id,
        };
      },
    );
  },
});
