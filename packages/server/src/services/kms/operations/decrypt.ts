import {
  ciphertext,
  dryRunModifiers,
  dryRunSucceeded,
  encryptionAlgorithm,
  encryptionContext,
  flag,
  grantTokens,
  incompatibleAlgorithm,
  invalidCiphertext,
  keyId,
  keyMaterialIdReply,
  memberRequired,
  plaintext,
  recipient,
} from '@keyhaven/api-model';
import { encodeContext } from '../../../keys/encode-context.ts';
import { andThen } from '../../../maybe.ts';
import { operation } from '../../../pipeline/operation.ts';
import { openingMaterial } from '../../../pipeline/targets/ciphertext.ts';
import { decryptTarget } from '../../../pipeline/targets/decrypt.ts';
import { ignoresCiphertext } from '../../../pipeline/targets/ignore-ciphertext.ts';

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
  act({ input, loaded }, { keyStore }) {
    const { key } = loaded;
    const { EncryptionAlgorithm = 'SYMMETRIC_DEFAULT', CiphertextBlob } = input;
    if (EncryptionAlgorithm !== 'SYMMETRIC_DEFAULT')
      throw incompatibleAlgorithm(EncryptionAlgorithm, key.spec.name);
    if (CiphertextBlob === undefined || ignoresCiphertext(input)) throw dryRunSucceeded();
    const material = openingMaterial(loaded);
    const aad = encodeContext(input.EncryptionContext);
    return andThen(keyStore.decrypt({ material, spec: key.spec }, CiphertextBlob, aad), (Plaintext) => {
      if (Plaintext === undefined) throw invalidCiphertext();
      const KeyMaterialId = material.material_id;
      return {
        output: { KeyId: key.arn, Plaintext, EncryptionAlgorithm, KeyMaterialId },
        keyMaterialId: KeyMaterialId,
      };
    });
  },
});
