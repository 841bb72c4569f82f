import {
  ciphertext,
  dataKeyPairSpec,
  encryptionContext,
  flag,
  grantTokens,
  keyId,
  keyMaterialIdReply,
  plaintext,
  publicKey,
  recipient,
  required,
} from '@keyhaven/api-model';
import { andThen } from '../../../maybe.ts';
import { operation } from '../../../pipeline/operation.ts';
import { keyTarget } from '../../../pipeline/targets/key.ts';
import { assertMakesDataKeys } from '../families/data-key.ts';
import { makeDataKeyPair } from '../families/data-key-pair.ts';

/** Makes a key pair for use outside KMS; the private key in clear and encrypted under the KMS key. https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKeyPair.html */
export const GenerateDataKeyPair = operation({
  name: 'GenerateDataKeyPair',
  access: 'read',
  input: {
    EncryptionContext: encryptionContext,
    KeyId: required(keyId),
    KeyPairSpec: required(dataKeyPairSpec),
    GrantTokens: grantTokens,
    Recipient: recipient,
    DryRun: flag(),
  },
  output: {
    PrivateKeyCiphertextBlob: ciphertext,
    PrivateKeyPlaintext: plaintext,
    PublicKey: publicKey,
    KeyId: keyId,
    KeyPairSpec: dataKeyPairSpec,
    CiphertextForRecipient: ciphertext,
    KeyMaterialId: keyMaterialIdReply,
  },
  target: keyTarget('any', 'GenerateDataKeyPair'),
  states: 'cryptographic',
  usage: 'ENCRYPT_DECRYPT',
  answersRecipient: 'PrivateKeyPlaintext',
  recorded: ['KeyId', 'KeyPairSpec', 'EncryptionContext'],
  act: (call, ports) => {
    const {
      input,
      loaded: { key },
    } = call;
    assertMakesDataKeys(key);
    return andThen(makeDataKeyPair(input, key, ports, call), (pair) => ({
      output: {
        PrivateKeyCiphertextBlob: pair.privateKeyCiphertext,
        PrivateKeyPlaintext: pair.privateKey,
        PublicKey: pair.publicKey,
        KeyId: key.arn,
        KeyPairSpec: input.KeyPairSpec,
        KeyMaterialId: pair.keyMaterialId,
      },
      keyMaterialId: pair.keyMaterialId,
    }));
  },
});
