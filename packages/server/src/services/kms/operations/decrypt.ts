import {
  ciphertext,
  dryRunModifiers,
  dryRunSucceeded,
  encryptionAlgorithm,
  encryptionContext,
  flag,
  grantTokens,
  keyId,
  keyMaterialIdReply,
  memberRequired,
  plaintext,
  recipient,
} from '@keyhaven/api-model';
import { andThen } from '../../../maybe.ts';
import { operation } from '../../../pipeline/operation.ts';
import { assertMayHaveEncrypted } from '../../../pipeline/targets/ciphertext.ts';
import { decryptTarget } from '../../../pipeline/targets/decrypt.ts';
import { ignoresCiphertext } from '../../../pipeline/targets/ignore-ciphertext.ts';
import { open, openingUnder, shownMaterialId } from '../families/ciphertexts.ts';

/** Opens a ciphertext blob. https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html */
export const Decrypt = operation({
  name: 'Decrypt',
  access: 'read',
  input: {
    CiphertextBlob: ciphertext,
    EncryptionContext: encryptionContext,
    GrantTokens: grantTokens,
    KeyId: keyId,
    EncryptionAlgorithm: encryptionAlgorithm,
    Recipient: recipient,
    DryRun: flag(),
    DryRunModifiers: dryRunModifiers,
  },
  output: {
    KeyId: keyId,
    Plaintext: plaintext,
    EncryptionAlgorithm: encryptionAlgorithm,
    CiphertextForRecipient: ciphertext,
    KeyMaterialId: keyMaterialIdReply,
  },
  target: decryptTarget(),
  states: 'cryptographic',
  usage: 'ENCRYPT_DECRYPT',
  answersRecipient: 'Plaintext',
  recorded: ['KeyId', 'EncryptionAlgorithm', 'EncryptionContext'],
  check(input) {
    if (ignoresCiphertext(input)) {
      // Nothing but the caller says then which key is meant.
      if (input.KeyId === undefined) throw memberRequired('keyId');
    } else if (input.CiphertextBlob === undefined) {
      throw memberRequired('ciphertextBlob');
    }
  },
  supports: (loaded, input) => assertMayHaveEncrypted(loaded, input.EncryptionAlgorithm),
  act({ input, loaded }, { keyStore }) {
    const { key } = loaded;
    const { EncryptionAlgorithm = 'SYMMETRIC_DEFAULT', CiphertextBlob } = input;
    const opening = openingUnder(loaded, EncryptionAlgorithm, input.EncryptionContext);
    if (CiphertextBlob === undefined || ignoresCiphertext(input)) throw dryRunSucceeded();
    return andThen(
      open(loaded, opening, CiphertextBlob, keyStore),
      ({ plaintext: Plaintext, keyMaterialId }) => ({
        output: {
          KeyId: key.arn,
          Plaintext,
          EncryptionAlgorithm,
          KeyMaterialId: shownMaterialId(key, keyMaterialId),
        },
        keyMaterialId,
      }),
    );
  },
});
