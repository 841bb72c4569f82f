import {
  ciphertext,
  flag,
  grantTokens,
  keyAgreementAlgorithm,
  keyId,
  origin,
  type Origin,
  publicKey,
  recipient,
  required,
  sharedSecret,
  unusablePublicKey,
} from '@keyhaven/api-model';
import { referenceTo } from '../../../key-stores/port.ts';
import { assertAlgorithm } from '../../../keys/algorithms.ts';
import { currentMaterial } from '../../../keys/key-material.ts';
import { andThen } from '../../../maybe.ts';
import { operation } from '../../../pipeline/operation.ts';
import { keyTarget } from '../../../pipeline/targets/key.ts';

/** Derives a secret that the owner of another key on the same curve shares: the raw X coordinate. https://docs.aws.amazon.com/kms/latest/APIReference/API_DeriveSharedSecret.html */
export const DeriveSharedSecret = operation({
  name: 'DeriveSharedSecret',
  access: 'read',
  input: {
    KeyId: required(keyId),
    KeyAgreementAlgorithm: required(keyAgreementAlgorithm),
    PublicKey: required(publicKey),
    GrantTokens: grantTokens,
    DryRun: flag(),
    Recipient: recipient,
  },
  output: {
    KeyId: keyId,
    SharedSecret: sharedSecret,
    CiphertextForRecipient: ciphertext,
    KeyAgreementAlgorithm: keyAgreementAlgorithm,
    KeyOrigin: origin,
  },
  target: keyTarget('any', 'DeriveSharedSecret'),
  states: 'cryptographic',
  usage: 'KEY_AGREEMENT',
  answersRecipient: 'SharedSecret',
  recorded: ['KeyId', 'KeyAgreementAlgorithm'],
  act({ input: { KeyAgreementAlgorithm, PublicKey }, loaded: { key } }, { keyStore }) {
    assertAlgorithm(key, KeyAgreementAlgorithm);
    const material = currentMaterial(key);
    const agreed = keyStore.agree(referenceTo(key, material), KeyAgreementAlgorithm, PublicKey);
    return andThen(agreed, (SharedSecret) => {
      if (SharedSecret === undefined) throw unusablePublicKey();
      const KeyOrigin = key.row.origin as Origin;
      return {
        output: { KeyId: key.arn, SharedSecret, KeyAgreementAlgorithm, KeyOrigin },
        keyMaterialId: material.material_id,
      };
    });
  },
});
