import {
  EncryptCommand,
  DecryptCommand,
  type EncryptionAlgorithmSpec,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { refusalOf, startTestService, type TestService } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { invalid, makeKey, type MadeKey, missing, namesOf, tooLong, tooShort } from './made-key.ts';

let service: TestService;
let kms: KMSClient;
let key: MadeKey;

beforeAll(async () => {
  service = await startTestService();
  kms = service.client();
  key = await makeKey(kms);
});

afterAll(() => service.close());

/** "Ciphertext blob" sizes by plaintext size, as AWS's blobs have them. */
const blobSizes = [
  [1, 153],
  [16, 168],
  [22, 174],
  [24, 176],
  [32, 184],
  [64, 220],
  [128, 285],
  [256, 418],
  [512, 674],
  [1024, 1186],
  [2048, 2210],
  [4096, 4258],
] as const;

describe('Encrypt', () => {
  it('answers the blob, the key ARN and the algorithm, and nothing else', async () => {
    const { $metadata, ...reply } = await kms.send(
      new EncryptCommand({ KeyId: key.id, Plaintext: Buffer.from('a') }),
    );
    expect(reply).toEqual({
      CiphertextBlob: expect.any(Uint8Array) as Uint8Array,
      KeyId: key.arn,
      EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    });
    expect($metadata.httpStatusCode).toBe(200);
  });

  it('takes each of the four forms of a key name and answers the ARN to all', async () => {
    for (const KeyId of namesOf(key)) {
      const reply = await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('a') }));
      expect(reply.KeyId).toBe(key.arn);
    }
  });

  it.each(blobSizes)(
    'makes of a plaintext of %i bytes a blob of %i bytes that opens again',
    async (plain, blob) => {
      const Plaintext = Buffer.alloc(plain, 0xa7);
      const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId: key.id, Plaintext }));
      expect(CiphertextBlob).toHaveLength(blob);
      expect(Buffer.from(CiphertextBlob ?? []).toString('base64')).toMatch(/^AQICAH/);
      const opened = await kms.send(new DecryptCommand({ CiphertextBlob }));
      expect(Buffer.from(opened.Plaintext ?? [])).toEqual(Plaintext);
    },
  );

  it('names the key material in bytes 5 to 36 and nothing of the key or the account', async () => {
    const { CiphertextBlob } = await kms.send(
      new EncryptCommand({ KeyId: key.id, Plaintext: Buffer.from('a') }),
    );
    const blob = Buffer.from(CiphertextBlob ?? []);
    expect(blob.subarray(5, 37).toString('hex')).toBe(key.materialId);
    expect(blob.toString('latin1')).not.toContain(key.id);
    expect(blob.toString('hex')).not.toContain(key.id.replaceAll('-', ''));
    expect(blob.toString('latin1')).not.toContain('000000000000');
  });

  it('makes different blobs of equal plaintexts', async () => {
    const command = () => kms.send(new EncryptCommand({ KeyId: key.id, Plaintext: Buffer.from('a') }));
    const blobs = await Promise.all(Array.from({ length: 20 }, command));
    expect(
      new Set(blobs.map(({ CiphertextBlob }) => Buffer.from(CiphertextBlob ?? []).toString('hex'))).size,
    ).toBe(20);
  });

  it('takes SYMMETRIC_DEFAULT by name', async () => {
    const EncryptionAlgorithm = 'SYMMETRIC_DEFAULT';
    const reply = await kms.send(
      new EncryptCommand({ KeyId: key.id, Plaintext: Buffer.from('a'), EncryptionAlgorithm }),
    );
    expect(reply.EncryptionAlgorithm).toBe(EncryptionAlgorithm);
  });
});

describe('Encrypt refuses', () => {
  const encrypt = (input: Partial<EncryptCommand['input']>) =>
    refusalOf(kms.send(new EncryptCommand({ KeyId: key.id, Plaintext: Buffer.from('a'), ...input })));

  it('a plaintext longer than 4,096 bytes, without showing it', async () => {
    expect(await encrypt({ Plaintext: Buffer.alloc(4097, 'x') })).toEqual(tooLong('plaintext', 4096));
  });

  it('an empty plaintext', async () => {
    expect(await encrypt({ Plaintext: new Uint8Array() })).toEqual(tooShort('plaintext'));
  });

  it('a request without plaintext', async () => {
    expect(await encrypt({ Plaintext: undefined })).toEqual(missing('plaintext'));
  });

  it('a request without key', async () => {
    expect(await encrypt({ KeyId: undefined })).toEqual(missing('keyId'));
  });

  it('an empty and an endless key name', async () => {
    expect(await encrypt({ KeyId: '' })).toEqual(
      invalid(
        "Value '' at 'keyId' failed to satisfy constraint: Member must have length greater than or equal to 1",
      ),
    );
    const long = 'k'.repeat(2049);
    expect(await encrypt({ KeyId: long })).toEqual(
      invalid(
        `Value '${long}' at 'keyId' failed to satisfy constraint: Member must have length less than or equal to 2048`,
      ),
    );
  });

  it.each(['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256', 'SM2PKE'] as const)(
    'the algorithm %s',
    async (EncryptionAlgorithm) => {
      expect(await encrypt({ EncryptionAlgorithm })).toEqual({
        name: 'InvalidKeyUsageException',
        message: `Algorithm ${EncryptionAlgorithm} is incompatible with key spec SYMMETRIC_DEFAULT.`,
        status: 400,
      });
    },
  );

  it('an algorithm that does not exist', async () => {
    const refusal = await encrypt({ EncryptionAlgorithm: 'ROT13' as EncryptionAlgorithmSpec });
    expect(refusal.name).toBe('ValidationException');
    const [, before, set] = /^(.*: \[)(.*)\]$/.exec(refusal.message) ?? [];
    expect(before).toBe(
      "1 validation error detected: Value 'ROT13' at 'encryptionAlgorithm' failed to satisfy constraint: Member must satisfy enum value set: [",
    );
    expect(new Set(set?.split(', '))).toEqual(
      new Set(['SYMMETRIC_DEFAULT', 'RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256', 'SM2PKE']),
    );
  });
});
