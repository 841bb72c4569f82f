import {
  ciphertext,
  dataKeySpec,
  encryptionContext,
  flag,
  grantTokens,
  keyId,
  keyMaterialIdReply,
  numberOfBytes,
  plaintext,
  recipient,
  required,
} from '@keyhaven/api-model';
import { andThen } from '../../../maybe.ts';
import { operation } from '../../../pipeline/operation.ts';
import { keyTarget } from '../../../pipeline/targets/key.ts';
import { assertOneSize, makeDataKey } from '../families/data-key.ts';

/** Makes a data key: in clear, and encrypted under the KMS key. https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html */
export const GenerateDataKey = operation({
  name: 'GenerateDataKey',
  access: 'read',
  input: {
    KeyId: required(keyId),
    EncryptionContext: encryptionContext,
    NumberOfBytes: numberOfBytes,
    KeySpec: dataKeySpec,
    GrantTokens: grantTokens,
    Recipient: recipient,
    DryRun: flag(),
  },
  output: {
    CiphertextBlob: ciphertext,
    Plaintext: plaintext,
    KeyId: keyId,
    CiphertextForRecipient: ciphertext,
    KeyMaterialId: keyMaterialIdReply,
  },
  target: keyTarget('any', 'GenerateDataKey'),
  states: 'cryptographic',
  usage: 'ENCRYPT_DECRYPT',
  answersRecipient: 'Plaintext',
  recorded: ['KeyId', 'KeySpec', 'NumberOfBytes', 'EncryptionContext'],
  check: assertOneSize,
  act: ({ input, loaded: { key } }, { keyStore }) =>
    andThen(makeDataKey(input, key, keyStore), (dataKey) => {
      const KeyMaterialId = dataKey.keyMaterialId;
      const output = {
        CiphertextBlob: dataKey.ciphertextBlob,
        Plaintext: dataKey.plaintext,
        KeyId: key.arn,
        KeyMaterialId,
      };
      return { output, keyMaterialId: KeyMaterialId };
    }),
});
