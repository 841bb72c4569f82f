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
import { andThen, type Maybe } from '../../../maybe.ts';
import { operation } from '../../../pipeline/operation.ts';
import { assertMayHaveEncrypted } from '../../../pipeline/targets/ciphertext.ts';
import { ignoresCiphertext } from '../../../pipeline/targets/ignore-ciphertext.ts';
import { reEncryptTarget } from '../../../pipeline/targets/re-encrypt.ts';
import { open, openingUnder, seal, sealingUnder, shownMaterialId } from '../families/ciphertexts.ts';
import { findPresentKey } from '../families/present-key.ts';

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
  act({ input, loaded: { source, destination }, now }, { keyStore, directory }) {
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
    const sealUnderPresent = (plaintext: Buffer) =>
      andThen(findPresentKey(destination, directory, now), () => seal(sealing, plaintext, keyStore));
    if (input.CiphertextBlob === undefined || ignoresCiphertext(input)) throw dryRunSucceeded();
    return andThen(open(source, opening, input.CiphertextBlob, keyStore), ({ plaintext, keyMaterialId }) =>
      andThen(zeroisedAfter(plaintext, sealUnderPresent), (CiphertextBlob) => {
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

/** The plaintext is zeroised whatever comes of its use. */
function zeroisedAfter(plaintext: Buffer, use: (plaintext: Buffer) => Maybe<Buffer>): Maybe<Buffer> {
  let used: Maybe<Buffer>;
  try {
    used = use(plaintext);
  } catch (error) {
    plaintext.fill(0);
    throw error;
  }
  if (!(used instanceof Promise)) {
    plaintext.fill(0);
    return used;
  }
  return used.finally(() => plaintext.fill(0));
}
