import { DecryptCommand, EncryptCommand, type KMSClient, ReEncryptCommand } from '@aws-sdk/client-kms';
import { refusalOf, startTestService, type TestService } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  deniedText,
  incorrectKey,
  invalidCiphertext,
  makeKey,
  type MadeKey,
  missing,
  namesOf,
  restrictTo,
  rotate,
  tooLong,
  unknownCiphertextKey,
} from './made-key.ts';

let service: TestService;
let kms: KMSClient;
let source: MadeKey;
let destination: MadeKey;
let blob: Buffer;

const from = { from: 'here' };
const to = { to: 'there' };
const secret = Buffer.from('a secret');

async function encrypt(KeyId: string): Promise<Buffer> {
  const reply = await kms.send(new EncryptCommand({ KeyId, Plaintext: secret, EncryptionContext: from }));
  return Buffer.from(reply.CiphertextBlob ?? []);
}

beforeAll(async () => {
  service = await startTestService();
  kms = service.client();
  source = await makeKey(kms);
  destination = await makeKey(kms);
  blob = await encrypt(source.id);
});

afterAll(() => service.close());

const reEncrypt = (input: Partial<ReEncryptCommand['input']> = {}) =>
  kms.send(
    new ReEncryptCommand({
      CiphertextBlob: blob,
      SourceEncryptionContext: from,
      DestinationKeyId: destination.id,
      DestinationEncryptionContext: to,
      ...input,
    }),
  );
const refused = (input: Partial<ReEncryptCommand['input']>) => refusalOf(reEncrypt(input));

describe('ReEncrypt', () => {
  it('answers the blob, both key ARNs, both algorithms and both key material ids, and nothing else', async () => {
    const { $metadata, ...reply } = await reEncrypt();
    expect(reply).toEqual({
      CiphertextBlob: expect.any(Uint8Array) as Uint8Array,
      SourceKeyId: source.arn,
      KeyId: destination.arn,
      SourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      DestinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      SourceKeyMaterialId: source.materialId,
      DestinationKeyMaterialId: destination.materialId,
    });
    expect($metadata.httpStatusCode).toBe(200);
  });

  it('keeps the plaintext and binds it to the new context', async () => {
    const { CiphertextBlob } = await reEncrypt();
    const opened = await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: to }));
    expect(Buffer.from(opened.Plaintext ?? [])).toEqual(secret);
    expect(
      await refusalOf(kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: from }))),
    ).toEqual(invalidCiphertext);
  });

  it('takes both keys in each of their four forms', async () => {
    for (const SourceKeyId of namesOf(source)) {
      for (const DestinationKeyId of namesOf(destination)) {
        const reply = await reEncrypt({ SourceKeyId, DestinationKeyId });
        expect([reply.SourceKeyId, reply.KeyId]).toEqual([source.arn, destination.arn]);
      }
    }
  });

  it('moves a blob to the current key material of its own key', async () => {
    const rotated = await makeKey(kms);
    const CiphertextBlob = await encrypt(rotated.id);
    const newMaterial = await rotate(kms, rotated.id);
    const reply = await reEncrypt({ CiphertextBlob, DestinationKeyId: rotated.id });
    expect(reply.SourceKeyMaterialId).toBe(rotated.materialId);
    expect(reply.DestinationKeyMaterialId).toBe(newMaterial);
  });

  it('keeps the longest plaintext', async () => {
    const Plaintext = Buffer.alloc(4096, 7);
    const sealed = await kms.send(new EncryptCommand({ KeyId: source.id, Plaintext }));
    const moved = await reEncrypt({ CiphertextBlob: sealed.CiphertextBlob, SourceEncryptionContext: {} });
    const opened = await kms.send(
      new DecryptCommand({ CiphertextBlob: moved.CiphertextBlob, EncryptionContext: to }),
    );
    expect(Buffer.from(opened.Plaintext ?? [])).toEqual(Plaintext);
  });
});

describe('ReEncrypt refuses', () => {
  it('the wrong source context and a spoilt blob without a message', async () => {
    expect(await refused({ SourceEncryptionContext: to })).toEqual(invalidCiphertext);
    expect(await refused({ CiphertextBlob: blob.subarray(0, -1) })).toEqual(invalidCiphertext);
    expect(await refused({ CiphertextBlob: Buffer.from('nonsense') })).toEqual(invalidCiphertext);
  });

  it('a source key that is not the one of the blob', async () => {
    expect(await refused({ SourceKeyId: destination.id })).toEqual(incorrectKey);
  });

  it('a blob of an unknown key and of another Region alike', async () => {
    const changed = Buffer.from(blob);
    changed[20] = (changed[20] ?? 0) ^ 1;
    expect(await refused({ CiphertextBlob: changed })).toEqual(unknownCiphertextKey);
    const elsewhere = service.client({ region: 'us-east-1' });
    const there = await makeKey(elsewhere);
    const command = new ReEncryptCommand({
      CiphertextBlob: blob,
      SourceEncryptionContext: from,
      DestinationKeyId: there.id,
    });
    expect(await refusalOf(elsewhere.send(command))).toEqual(unknownCiphertextKey);
  });

  it('a caller without kms:ReEncryptFrom on the source, concealed unless the caller names the key', async () => {
    const forbidden = await makeKey(kms);
    const CiphertextBlob = await encrypt(forbidden.id);
    await restrictTo(kms, forbidden.id, ['kms:ReEncryptTo', 'kms:Decrypt']);
    expect(await refused({ CiphertextBlob })).toEqual(unknownCiphertextKey);
    expect(await refused({ CiphertextBlob, SourceKeyId: forbidden.id })).toEqual({
      name: 'AccessDeniedException',
      message: deniedText('kms:ReEncryptFrom', forbidden.arn),
      status: 400,
    });
  });

  it('a caller without kms:ReEncryptTo on the destination', async () => {
    const forbidden = await makeKey(kms);
    await restrictTo(kms, forbidden.id, ['kms:ReEncryptFrom', 'kms:Encrypt']);
    expect(await refused({ DestinationKeyId: forbidden.alias })).toEqual({
      name: 'AccessDeniedException',
      message: deniedText('kms:ReEncryptTo', forbidden.arn),
      status: 400,
    });
  });

  it('algorithms that the keys do not have', async () => {
    const refusal = (algorithm: string) => ({
      name: 'InvalidKeyUsageException',
      message: `Algorithm ${algorithm} is incompatible with key spec SYMMETRIC_DEFAULT.`,
      status: 400,
    });
    expect(await refused({ SourceEncryptionAlgorithm: 'SM2PKE' })).toEqual(refusal('SM2PKE'));
    expect(await refused({ DestinationEncryptionAlgorithm: 'RSAES_OAEP_SHA_1' })).toEqual(
      refusal('RSAES_OAEP_SHA_1'),
    );
  });

  it('a request without blob or without destination', async () => {
    expect(await refused({ CiphertextBlob: undefined })).toEqual(missing('ciphertextBlob'));
    expect(await refused({ DestinationKeyId: undefined })).toEqual(missing('destinationKeyId'));
  });

  it('a blob longer than 6,144 bytes', async () => {
    expect(await refused({ CiphertextBlob: Buffer.alloc(6145) })).toEqual(tooLong('ciphertextBlob', 6144));
  });
});
