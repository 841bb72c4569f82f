import {
  ciphertext,
  encryptionAlgorithm,
  encryptionContext,
  flag,
  grantTokens,
  keyId,
  plaintext,
  required,
} from '@keyhaven/api-model';
import { andThen } from '../../../maybe.ts';
import { operation } from '../../../pipeline/operation.ts';
import { keyTarget } from '../../../pipeline/targets/key.ts';
import { seal, sealingUnder } from '../families/ciphertexts.ts';

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
    const sealing = sealingUnder(key, EncryptionAlgorithm, input.EncryptionContext);
    return andThen(seal(sealing, input.Plaintext, keyStore), (CiphertextBlob) => ({
      output: { CiphertextBlob, KeyId: key.arn, EncryptionAlgorithm },
      keyMaterialId: sealing.reference.material.material_id,
    }));
  },
});
