import {
  ciphertext,
  encryptionAlgorithm,
  encryptionContext,
  flag,
  grantTokens,
  incompatibleAlgorithm,
  keyId,
  plaintext,
  required,
} from '@keyhaven/api-model';
import { encodeContext } from '../../../keys/encode-context.ts';
import { andThen } from '../../../maybe.ts';
import { operation } from '../../../pipeline/operation.ts';
import { keyTarget } from '../../../pipeline/targets/key.ts';

/** Encrypts up to 4,096 bytes under a KMS key. https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html */
export const Encrypt = operation({
  name: 'Encrypt',
  access: 'read',
  input: {
    KeyId: required(keyId),
    Plaintext: required(plaintext),
    EncryptionContext: encryptionContext,
    GrantTokens: grantTokens,
    EncryptionAlgorithm: encryptionAlgorithm,
    DryRun: flag(),
  },
  output: { CiphertextBlob: ciphertext, KeyId: keyId, EncryptionAlgorithm: encryptionAlgorithm },
  target: keyTarget('any', 'Encrypt'),
  states: 'cryptographic',
  usage: 'ENCRYPT_DECRYPT',
  recorded: ['KeyId', 'EncryptionAlgorithm', 'EncryptionContext'],
  act({ input, loaded: { key } }, { keyStore }) {
    const { EncryptionAlgorithm = 'SYMMETRIC_DEFAULT' } = input;
    if (EncryptionAlgorithm !== 'SYMMETRIC_DEFAULT')
      throw incompatibleAlgorithm(EncryptionAlgorithm, key.spec.name);
    const aad = encodeContext(input.EncryptionContext);
    return andThen(
      keyStore.encrypt({ material: key.current, spec: key.spec }, input.Plaintext, aad),
      (CiphertextBlob) => ({
        output: { CiphertextBlob, KeyId: key.arn, EncryptionAlgorithm },
        keyMaterialId: key.current.material_id,
      }),
    );
  },
});
