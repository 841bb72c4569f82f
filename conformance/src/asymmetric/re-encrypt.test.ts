import { DescribeKeyCommand, ReEncryptCommand, type ReEncryptCommandInput } from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { incorrectKey, invalidCiphertext } from '../cryptography/made-key.ts';
import { membersOf, refusal } from '../kms/kms-under-test.ts';
import { flipBit, useKeys } from './keys-under-test.ts';

const keys = useKeys();
const Plaintext = Buffer.from('a plaintext');
const sha1 = 'RSAES_OAEP_SHA_1';
const sha256 = 'RSAES_OAEP_SHA_256';
const rsa = (which = '') => keys.key('RSA_2048', 'ENCRYPT_DECRYPT', which);
const symmetric = (which = '') => keys.key('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT', which);
const materialOf = async (KeyId: string) =>
  (await keys.client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.CurrentKeyMaterialId;

const reply = async (input: ReEncryptCommandInput) => {
  const { CiphertextBlob, ...rest } = membersOf(await keys.client.send(new ReEncryptCommand(input)));
  return { CiphertextBlob, rest };
};
const refused = (input: ReEncryptCommandInput) => refusalOf(keys.client.send(new ReEncryptCommand(input)));
const badUsage = (message: string) => refusal('InvalidKeyUsageException', message);

describe('ReEncrypt', () => {
  it('takes a plaintext from a symmetric key to an RSA key', async () => {
    const [source, destination] = await Promise.all([symmetric(), rsa()]);
    const SourceEncryptionContext = { purpose: 'test' };
    const blob = await keys.encrypt({
      KeyId: source.id,
      Plaintext,
      EncryptionContext: SourceEncryptionContext,
    });
    const { CiphertextBlob, rest } = await reply({
      CiphertextBlob: blob,
      SourceEncryptionContext,
      DestinationKeyId: destination.id,
      DestinationEncryptionAlgorithm: sha256,
    });
    expect(rest).toEqual({
      SourceKeyId: source.arn,
      KeyId: destination.arn,
      SourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      DestinationEncryptionAlgorithm: sha256,
      SourceKeyMaterialId: await materialOf(source.id),
    });
    const opened = { KeyId: destination.id, CiphertextBlob, EncryptionAlgorithm: sha256 } as const;
    expect(await keys.decrypt(opened)).toEqual(Plaintext);
  });

  it('takes a plaintext from an RSA key to a symmetric key', async () => {
    const [source, destination] = await Promise.all([rsa(), symmetric()]);
    const blob = await keys.encrypt({ KeyId: source.id, Plaintext, EncryptionAlgorithm: sha1 });
    const DestinationEncryptionContext = { purpose: 'test' };
    const { CiphertextBlob, rest } = await reply({
      CiphertextBlob: blob,
      SourceKeyId: source.id,
      SourceEncryptionAlgorithm: sha1,
      DestinationKeyId: destination.arn,
      DestinationEncryptionContext,
    });
    expect(rest).toEqual({
      SourceKeyId: source.arn,
      KeyId: destination.arn,
      SourceEncryptionAlgorithm: sha1,
      DestinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      DestinationKeyMaterialId: await materialOf(destination.id),
    });
    const opened = { CiphertextBlob, EncryptionContext: DestinationEncryptionContext };
    expect(await keys.decrypt(opened)).toEqual(Plaintext);
  });

  it('takes a plaintext from one RSA key to another, and from one algorithm of a key to the other', async () => {
    const [source, destination] = await Promise.all([rsa(), rsa('another')]);
    const blob = await keys.encrypt({ KeyId: source.id, Plaintext, EncryptionAlgorithm: sha256 });
    for (const { id, arn } of [destination, source]) {
      const { CiphertextBlob, rest } = await reply({
        CiphertextBlob: blob,
        SourceKeyId: source.id,
        SourceEncryptionAlgorithm: sha256,
        DestinationKeyId: id,
        DestinationEncryptionAlgorithm: sha1,
      });
      expect(rest).toEqual({
        SourceKeyId: source.arn,
        KeyId: arn,
        SourceEncryptionAlgorithm: sha256,
        DestinationEncryptionAlgorithm: sha1,
      });
      const opened = { KeyId: id, CiphertextBlob, EncryptionAlgorithm: sha1 } as const;
      expect(await keys.decrypt(opened)).toEqual(Plaintext);
    }
  });
});

describe('ReEncrypt refuses', () => {
  const toSymmetric = async (input: Partial<ReEncryptCommandInput>) => {
    const [source, destination] = await Promise.all([rsa(), symmetric()]);
    return refused({
      CiphertextBlob: await keys.encrypt({ KeyId: source.id, Plaintext, EncryptionAlgorithm: sha256 }),
      SourceKeyId: source.id,
      SourceEncryptionAlgorithm: sha256,
      DestinationKeyId: destination.id,
      ...input,
    });
  };
  const toRsa = async (input: Partial<ReEncryptCommandInput>, plaintext: Uint8Array = Plaintext) => {
    const [source, destination] = await Promise.all([symmetric(), rsa()]);
    return refused({
      CiphertextBlob: await keys.encrypt({ KeyId: source.id, Plaintext: plaintext }),
      DestinationKeyId: destination.id,
      DestinationEncryptionAlgorithm: sha256,
      ...input,
    });
  };

  it('a plaintext that is too long for the RSA key with ValidationException', async () => {
    expect(await toRsa({}, Buffer.alloc(191))).toEqual(
      refusal(
        'ValidationException',
        'Algorithm RSAES_OAEP_SHA_256 and key spec RSA_2048 cannot encrypt data larger than 190 bytes.',
      ),
    );
  });

  it('a changed RSA ciphertext, one of the other hash, and one with no key named, without a message', async () => {
    const blob = await keys.encrypt({ KeyId: (await rsa()).id, Plaintext, EncryptionAlgorithm: sha256 });
    expect(await toSymmetric({ CiphertextBlob: flipBit(blob, 17) })).toEqual(invalidCiphertext);
    expect(await toSymmetric({ SourceEncryptionAlgorithm: sha1 })).toEqual(invalidCiphertext);
    expect(await toSymmetric({ SourceKeyId: undefined })).toEqual(invalidCiphertext);
  });

  it('a source key that cannot have encrypted it with IncorrectKeyException', async () => {
    expect(await toSymmetric({ SourceEncryptionAlgorithm: undefined })).toEqual(incorrectKey);
    const signing = await keys.key('ECC_NIST_P256', 'SIGN_VERIFY');
    expect(await toRsa({ SourceKeyId: signing.id })).toEqual(incorrectKey);
    expect(await toRsa({ SourceKeyId: (await rsa()).id })).toEqual(incorrectKey);
    expect(await toRsa({ SourceKeyId: (await symmetric('another')).id })).toEqual(incorrectKey);
  });

  it('a destination key of another usage with InvalidKeyUsageException', async () => {
    for (const usage of ['SIGN_VERIFY', 'KEY_AGREEMENT'] as const) {
      const { id: DestinationKeyId, arn } = await keys.key('ECC_NIST_P256', usage);
      const expected = badUsage(`${arn} key usage is ${usage} which is not valid for ReEncrypt.`);
      expect(await toRsa({ DestinationKeyId })).toEqual(expected);
      expect(await toSymmetric({ DestinationKeyId })).toEqual(expected);
    }
  });

  it('an algorithm that the source or the destination has not with InvalidKeyUsageException', async () => {
    const incompatible = (algorithm: string, spec: string) =>
      badUsage(`Algorithm ${algorithm} is incompatible with key spec ${spec}.`);
    expect(await toRsa({ DestinationEncryptionAlgorithm: undefined })).toEqual(
      incompatible('SYMMETRIC_DEFAULT', 'RSA_2048'),
    );
    expect(await toRsa({ SourceEncryptionAlgorithm: sha256 })).toEqual(
      incompatible(sha256, 'SYMMETRIC_DEFAULT'),
    );
    expect(await toSymmetric({ DestinationEncryptionAlgorithm: sha1 })).toEqual(
      incompatible(sha1, 'SYMMETRIC_DEFAULT'),
    );
    expect(await toSymmetric({ SourceEncryptionAlgorithm: 'SM2PKE' })).toEqual(
      incompatible('SM2PKE', 'RSA_2048'),
    );
  });

  it('an encryption context of an RSA key on either side with ValidationException', async () => {
    const expected = refusal(
      'ValidationException',
      'EncryptionContext is not supported for key spec RSA_2048.',
    );
    expect(await toSymmetric({ SourceEncryptionContext: { a: 'b' } })).toEqual(expected);
    expect(await toRsa({ DestinationEncryptionContext: { a: 'b' } })).toEqual(expected);
  });
});
