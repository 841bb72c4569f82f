import {
  ciphertext,
  dataKeyPairSpec,
  encryptionContext,
  flag,
  grantTokens,
  keyId,
  keyMaterialIdReply,
  publicKey,
  required,
} from '@keyhaven/api-model';
import { andThen } from '../../../maybe.ts';
import { operation } from '../../../pipeline/operation.ts';
import { keyTarget } from '../../../pipeline/targets/key.ts';
import { assertMakesDataKeys } from '../families/data-key.ts';
import { makeDataKeyPair } from '../families/data-key-pair.ts';

/** Makes a key pair for later; the private key encrypted only. https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKeyPairWithoutPlaintext.html */
export const GenerateDataKeyPairWithoutPlaintext = operation({
  name: 'GenerateDataKeyPairWithoutPlaintext',
  access: 'read',
  input: {
    EncryptionContext: encryptionContext,
    KeyId: required(keyId),
    KeyPairSpec: required(dataKeyPairSpec),
    GrantTokens: grantTokens,
    DryRun: flag(),
  },
  output: {
    PrivateKeyCiphertextBlob: ciphertext,
    PublicKey: publicKey,
    KeyId: keyId,
    KeyPairSpec: dataKeyPairSpec,
    KeyMaterialId: keyMaterialIdReply,
  },
  target: keyTarget('any', 'GenerateDataKeyPairWithoutPlaintext'),
  states: 'cryptographic',
  usage: 'ENCRYPT_DECRYPT',
  recorded: ['KeyId', 'KeyPairSpec', 'EncryptionContext'],
  act: (call, ports) => {
    const {
      input,
      loaded: { key },
    } = call;
    assertMakesDataKeys(key);
    return andThen(makeDataKeyPair(input, key, ports, call), (pair) => {
      pair.privateKey.fill(0);
      return {
        output: {
          PrivateKeyCiphertextBlob: pair.privateKeyCiphertext,
          PublicKey: pair.publicKey,
          KeyId: key.arn,
          KeyPairSpec: input.KeyPairSpec,
          KeyMaterialId: pair.keyMaterialId,
        },
        keyMaterialId: pair.keyMaterialId,
      };
    });
  },
});
