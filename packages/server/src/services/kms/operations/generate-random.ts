import {
  ciphertext,
  customKeyStoreId,
  customKeyStoreNotFound,
  numberOfBytes,
  numberOfBytesRequired,
  plaintext,
  recipient,
} from '@keyhaven/api-model';
import { randomBytes } from '@keyhaven/crypto';
import { operation } from '../../../pipeline/operation.ts';
import { accountTarget } from '../../../pipeline/targets/account.ts';

/** Answers random bytes, from the platform's generator. https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateRandom.html */
export const GenerateRandom = operation({
  name: 'GenerateRandom',
  access: 'read',
  input: { NumberOfBytes: numberOfBytes, CustomKeyStoreId: customKeyStoreId, Recipient: recipient },
  output: { Plaintext: plaintext, CiphertextForRecipient: ciphertext },
  target: accountTarget('GenerateRandom'),
  answersRecipient: 'Plaintext',
  recorded: ['NumberOfBytes', 'CustomKeyStoreId'],
  act({ input: { NumberOfBytes, CustomKeyStoreId } }) {
    if (CustomKeyStoreId !== undefined) throw customKeyStoreNotFound(CustomKeyStoreId);
    if (NumberOfBytes === undefined) throw numberOfBytesRequired();
    return { output: { Plaintext: randomBytes(NumberOfBytes) } };
  },
});
