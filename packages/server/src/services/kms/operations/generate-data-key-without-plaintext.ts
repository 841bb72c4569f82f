import {
  ciphertext,
  dataKeySpec,
  encryptionContext,
  flag,
  grantTokens,
  keyId,
  keyMaterialIdReply,
  numberOfBytes,
  required,
} from '@keyhaven/api-model';
import { andThen } from '../../../maybe.ts';
import { operation } from '../../../pipeline/operation.ts';
import { keyTarget } from '../../../pipeline/targets/key.ts';
import { assertOneSize, makeDataKey } from '../families/data-key.ts';

/** Makes a data key for later, encrypted only. https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKeyWithoutPlaintext.html */
export const GenerateDataKeyWithoutPlaintext = operation({
  name: 'GenerateDataKeyWithoutPlaintext',
  access: 'read',
  input: {
    KeyId: required(keyId),
    EncryptionContext: encryptionContext,
    KeySpec: dataKeySpec,
    NumberOfBytes: numberOfBytes,
    GrantTokens: grantTokens,
    DryRun: flag(),
  },
  output: { CiphertextBlob: ciphertext, KeyId: keyId, KeyMaterialId: keyMaterialIdReply },
  target: keyTarget('any', 'GenerateDataKeyWithoutPlaintext'),
  states: 'cryptographic',
  usage: 'ENCRYPT_DECRYPT',
  recorded: ['KeyId', 'KeySpec', 'NumberOfBytes', 'EncryptionContext'],
  check: assertOneSize,
  act: ({ input, loaded: { key } }, { keyStore }) =>
    andThen(makeDataKey(input, key, keyStore), (dataKey) => {
      dataKey.plaintext.fill(0);
      const KeyMaterialId = dataKey.keyMaterialId;
      return {
        output: { CiphertextBlob: dataKey.ciphertextBlob, KeyId: key.arn, KeyMaterialId },
        keyMaterialId: KeyMaterialId,
      };
    }),
});
