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
  required,
} from '@keyhaven/api-model';
import type { KeyStore } from '../../../key-stores/port.ts';
import { andThen, type Maybe } from '../../../maybe.ts';
import { operation } from '../../../pipeline/operation.ts';
import { assertMayHaveEncrypted } from '../../../pipeline/targets/ciphertext.ts';
import { ignoresCiphertext } from '../../../pipeline/targets/ignore-ciphertext.ts';
import { reEncryptTarget } from '../../../pipeline/targets/re-encrypt.ts';
import {
  open,
  openingUnder,
  seal,
  type Sealing,
  sealingUnder,
  shownMaterialId,
} from '../families/ciphertexts.ts';

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
  supports: ({ source }, input) => assertMayHaveEncrypted(source, input.SourceEncryptionAlgorithm),
  act({ input, loaded: { source, destination } }, { keyStore }) {
    const {
      SourceEncryptionAlgorithm = 'SYMMETRIC_DEFAULT',
      DestinationEncryptionAlgorithm = 'SYMMETRIC_DEFAULT',
    } = input;
    const opening = openingUnder(source, SourceEncryptionAlgorithm, input.SourceEncryptionContext);
    const sealing = sealingUnder(
      destination,
      DestinationEncryptionAlgorithm,
      input.DestinationEncryptionContext,
    );
    if (input.CiphertextBlob === undefined || ignoresCiphertext(input)) throw dryRunSucceeded();
    return andThen(open(source, opening, input.CiphertextBlob, keyStore), ({ plaintext, keyMaterialId }) =>
      andThen(sealAndZeroise(sealing, plaintext, keyStore), (CiphertextBlob) => {
        const output = {
          CiphertextBlob,
          SourceKeyId: source.key.arn,
          KeyId: destination.arn,
          SourceEncryptionAlgorithm,
          DestinationEncryptionAlgorithm,
          SourceKeyMaterialId: shownMaterialId(source.key, keyMaterialId),
          DestinationKeyMaterialId: shownMaterialId(destination, sealing.reference.material.material_id),
        };
        return { output, keyMaterialId };
      }),
    );
  },
});

/** The plaintext is zeroised whatever comes of it. */
function sealAndZeroise(sealing: Sealing, plaintext: Buffer, keyStore: KeyStore): Maybe<Buffer> {
  let sealed: Maybe<Buffer>;
  try {
    sealed = seal(sealing, plaintext, keyStore);
  } catch (error) {
    plaintext.fill(0);
    throw error;
  }
  if (!(sealed instanceof Promise)) {
    plaintext.fill(0);
    return sealed;
  }
  return sealed.finally(() => plaintext.fill(0));
}
