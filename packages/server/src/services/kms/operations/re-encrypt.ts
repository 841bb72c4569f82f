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
  required,
} from '@keyhaven/api-model';
import { encodeContext } from '../../../keys/encode-context.ts';
import { andThen } from '../../../maybe.ts';
import { operation } from '../../../pipeline/operation.ts';
import { openingMaterial } from '../../../pipeline/targets/ciphertext.ts';
import { ignoresCiphertext } from '../../../pipeline/targets/ignore-ciphertext.ts';
import { reEncryptTarget } from '../../../pipeline/targets/re-encrypt.ts';

/** Opens a ciphertext blob and encrypts its plaintext again, which never leaves. https://docs.aws.amazon.com/kms/latest/APIReference/API_ReEncrypt.html */
export const ReEncrypt = operation({
  name: 'ReEncrypt',
  access: 'read',
  input: {
    CiphertextBlob: ciphertext,
    SourceEncryptionContext: encryptionContext,
    SourceKeyId: keyId,
    DestinationKeyId: required(keyId),
    DestinationEncryptionContext: encryptionContext,
    SourceEncryptionAlgorithm: encryptionAlgorithm,
    DestinationEncryptionAlgorithm: encryptionAlgorithm,
    GrantTokens: grantTokens,
    DryRun: flag(),
    DryRunModifiers: dryRunModifiers,
  },
  output: {
    CiphertextBlob: ciphertext,
    SourceKeyId: keyId,
    KeyId: keyId,
    SourceEncryptionAlgorithm: encryptionAlgorithm,
    DestinationEncryptionAlgorithm: encryptionAlgorithm,
    SourceKeyMaterialId: keyMaterialIdReply,
    DestinationKeyMaterialId: keyMaterialIdReply,
  },
  target: reEncryptTarget(),
  states: 'cryptographic',
  usage: 'ENCRYPT_DECRYPT',
  recorded: [
    'SourceKeyId',
    'SourceEncryptionAlgorithm',
    'SourceEncryptionContext',
    'DestinationKeyId',
    'DestinationEncryptionAlgorithm',
    'DestinationEncryptionContext',
  ],
  check(input) {
    if (ignoresCiphertext(input)) {
      // Nothing but the caller says then which key is meant.
      if (input.SourceKeyId === undefined) throw memberRequired('sourceKeyId');
    } else if (input.CiphertextBlob === undefined) {
      throw memberRequired('ciphertextBlob');
    }
  },
  act({ input, loaded: { source, destination } }, { keyStore }) {
    const {
      SourceEncryptionAlgorithm = 'SYMMETRIC_DEFAULT',
      DestinationEncryptionAlgorithm = 'SYMMETRIC_DEFAULT',
    } = input;
    if (SourceEncryptionAlgorithm !== 'SYMMETRIC_DEFAULT') {
      throw incompatibleAlgorithm(SourceEncryptionAlgorithm, source.key.spec.name);
    }
    if (DestinationEncryptionAlgorithm !== 'SYMMETRIC_DEFAULT') {
      throw incompatibleAlgorithm(DestinationEncryptionAlgorithm, destination.spec.name);
    }
    if (input.CiphertextBlob === undefined || ignoresCiphertext(input)) throw dryRunSucceeded();
    const from = { material: openingMaterial(source), spec: source.key.spec };
    const to = { material: destination.current, spec: destination.spec };
    const opened = keyStore.decrypt(from, input.CiphertextBlob, encodeContext(input.SourceEncryptionContext));
    return andThen(opened, (plaintext) => {
      if (plaintext === undefined) throw invalidCiphertext();
      const sealed = keyStore.encrypt(to, plaintext, encodeContext(input.DestinationEncryptionContext));
      return andThen(sealed, (CiphertextBlob) => {
        plaintext.fill(0);
        const output = {
          CiphertextBlob,
          SourceKeyId: source.key.arn,
          KeyId: destination.arn,
          SourceEncryptionAlgorithm,
          DestinationEncryptionAlgorithm,
          SourceKeyMaterialId: from.material.material_id,
          DestinationKeyMaterialId: to.material.material_id,
        };
        return { output, keyMaterialId: from.material.material_id };
      });
    });
  },
});
