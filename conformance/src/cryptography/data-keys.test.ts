import {
  DecryptCommand,
  type DataKeySpec,
  GenerateDataKeyCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  GenerateRandomCommand,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { refusalOf, startTestService, type TestService } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { invalid, invalidCiphertext, makeKey, type MadeKey, missing, namesOf, rotate } from './made-key.ts';

let service: TestService;
let kms: KMSClient;
let key: MadeKey;

beforeAll(async () => {
  service = await startTestService();
  kms = service.client();
  key = await makeKey(kms);
});

afterAll(() => service.close());

type SizeInput = Partial<GenerateDataKeyCommand['input']>;

const operations = {
  GenerateDataKey: (input: SizeInput) => kms.send(new GenerateDataKeyCommand({ KeyId: key.id, ...input })),
  GenerateDataKeyWithoutPlaintext: (input: SizeInput) =>
    kms.send(new GenerateDataKeyWithoutPlaintextCommand({ KeyId: key.id, ...input })),
};
const names = ['GenerateDataKey', 'GenerateDataKeyWithoutPlaintext'] as const;
const open = async (CiphertextBlob: Uint8Array | undefined, EncryptionContext?: Record<string, string>) =>
  (await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }))).Plaintext;

describe('GenerateDataKey', () => {
  it('answers the data key in clear and encrypted, key ARN and key material id, and nothing else', async () => {
    const { $metadata, ...reply } = await operations.GenerateDataKey({ KeySpec: 'AES_256' });
    expect(reply).toEqual({
      CiphertextBlob: expect.any(Uint8Array) as Uint8Array,
      Plaintext: expect.any(Uint8Array) as Uint8Array,
      KeyId: key.arn,
      KeyMaterialId: key.materialId,
    });
    expect($metadata.httpStatusCode).toBe(200);
  });

  it.each([
    [{ KeySpec: 'AES_128' }, 16, 168],
    [{ KeySpec: 'AES_256' }, 32, 184],
    [{ NumberOfBytes: 1 }, 1, 153],
    [{ NumberOfBytes: 64 }, 64, 220],
    [{ NumberOfBytes: 1024 }, 1024, 1186],
  ] as const)(
    'makes of %j a key of %i bytes in a blob of %i bytes, and Decrypt opens it',
    async (size, bytes, blob) => {
      const made = await operations.GenerateDataKey(size);
      expect(made.Plaintext).toHaveLength(bytes);
      expect(made.CiphertextBlob).toHaveLength(blob);
      expect(await open(made.CiphertextBlob)).toEqual(made.Plaintext);
    },
  );

  it('never makes the same key twice', async () => {
    const made = await Promise.all(
      Array.from({ length: 50 }, () => operations.GenerateDataKey({ NumberOfBytes: 16 })),
    );
    expect(new Set(made.map(({ Plaintext }) => Buffer.from(Plaintext ?? []).toString('hex'))).size).toBe(50);
  });
});

describe('GenerateDataKeyWithoutPlaintext', () => {
  it('answers the encrypted data key, key ARN and key material id, and nothing else', async () => {
    const { $metadata, ...reply } = await operations.GenerateDataKeyWithoutPlaintext({ KeySpec: 'AES_256' });
    expect(reply).toEqual({
      CiphertextBlob: expect.any(Uint8Array) as Uint8Array,
      KeyId: key.arn,
      KeyMaterialId: key.materialId,
    });
    expect($metadata.httpStatusCode).toBe(200);
  });

  it.each([
    [{ KeySpec: 'AES_128' }, 16],
    [{ NumberOfBytes: 24 }, 24],
  ] as const)('makes of %j a key of %i bytes that is not all zeros', async (size, bytes) => {
    const { CiphertextBlob } = await operations.GenerateDataKeyWithoutPlaintext(size);
    const plaintext = Buffer.from((await open(CiphertextBlob)) ?? []);
    expect(plaintext).toHaveLength(bytes);
    expect(plaintext.equals(Buffer.alloc(bytes))).toBe(false);
  });
});

describe.each(names)('%s', (name) => {
  const generate = operations[name];
  const refused = (input: SizeInput) => refusalOf(generate({ KeySpec: 'AES_256', ...input }));

  it('takes each of the four forms of a key name and answers the ARN to all', async () => {
    for (const KeyId of namesOf(key))
      expect((await generate({ KeyId, KeySpec: 'AES_128' })).KeyId).toBe(key.arn);
  });

  it('binds the blob to the context', async () => {
    const { CiphertextBlob } = await generate({ KeySpec: 'AES_256', EncryptionContext: { a: '1' } });
    expect(await open(CiphertextBlob, { a: '1' })).toHaveLength(32);
    expect(await refusalOf(open(CiphertextBlob, { a: '2' }))).toEqual(invalidCiphertext);
  });

  it('uses the current key material', async () => {
    const rotated = await makeKey(kms);
    const KeyMaterialId = await rotate(kms, rotated.id);
    expect((await generate({ KeyId: rotated.id, KeySpec: 'AES_256' })).KeyMaterialId).toBe(KeyMaterialId);
  });

  it('refuses both KeySpec and NumberOfBytes, and neither', async () => {
    const refusal = {
      name: 'ValidationException',
      message: 'Please specify either number of bytes or key spec.',
      status: 400,
    };
    expect(await refused({ NumberOfBytes: 32 })).toEqual(refusal);
    expect(await refused({ KeySpec: undefined })).toEqual(refusal);
  });

  it.each([
    [0, 'greater than or equal to 1'],
    [-1, 'greater than or equal to 1'],
    [1025, 'less than or equal to 1024'],
  ])('refuses %i bytes', async (NumberOfBytes, bound) => {
    expect(await refused({ KeySpec: undefined, NumberOfBytes })).toEqual(
      invalid(
        `Value '${NumberOfBytes}' at 'numberOfBytes' failed to satisfy constraint: Member must have value ${bound}`,
      ),
    );
  });

  it('refuses a key spec that does not exist', async () => {
    const { name: code, message } = await refused({ KeySpec: 'AES_192' as DataKeySpec });
    expect(code).toBe('ValidationException');
    expect(message).toMatch(
      /^1 validation error detected: Value 'AES_192' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: \[AES_(256, AES_128|128, AES_256)\]$/,
    );
  });

  it('refuses a request without key', async () => {
    expect(await refused({ KeyId: undefined })).toEqual(missing('keyId'));
  });
});

describe('GenerateDataKey refuses', () => {
  it('to answer in clear what is meant for an enclave', async () => {
    const Recipient = {
      KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
      AttestationDocument: Buffer.from('x'),
    } as const;
    expect(await refusalOf(operations.GenerateDataKey({ KeySpec: 'AES_256', Recipient }))).toMatchObject({
      name: 'ValidationException',
      message: 'The attestation document is malformed.',
      status: 400,
    });
  });
});

describe('GenerateRandom', () => {
  const random = (input: GenerateRandomCommand['input']) => kms.send(new GenerateRandomCommand(input));

  it.each([1, 2, 31, 1023, 1024])('answers %i bytes and nothing else', async (NumberOfBytes) => {
    const { $metadata, ...reply } = await random({ NumberOfBytes });
    expect(Object.keys(reply)).toEqual(['Plaintext']);
    expect(reply.Plaintext).toHaveLength(NumberOfBytes);
    expect($metadata.httpStatusCode).toBe(200);
  });

  it('never answers the same bytes twice', async () => {
    const replies = await Promise.all(Array.from({ length: 50 }, () => random({ NumberOfBytes: 16 })));
    expect(new Set(replies.map(({ Plaintext }) => Buffer.from(Plaintext ?? []).toString('hex'))).size).toBe(
      50,
    );
  });

  it('refuses a request without size', async () => {
    expect(await refusalOf(random({}))).toEqual({
      name: 'ValidationException',
      message: 'NumberOfBytes is required.',
      status: 400,
    });
  });

  it.each([
    [0, 'greater than or equal to 1'],
    [1025, 'less than or equal to 1024'],
  ])('refuses %i bytes', async (NumberOfBytes, bound) => {
    expect(await refusalOf(random({ NumberOfBytes }))).toEqual(
      invalid(
        `Value '${NumberOfBytes}' at 'numberOfBytes' failed to satisfy constraint: Member must have value ${bound}`,
      ),
    );
  });

  it('refuses a custom key store that does not exist', async () => {
    const refusal = await refusalOf(random({ NumberOfBytes: 8, CustomKeyStoreId: 'cks-1234567890abcdef0' }));
    expect(refusal).toMatchObject({ name: 'CustomKeyStoreNotFoundException', status: 400 });
  });

  it('refuses to answer in clear what is meant for an enclave', async () => {
    const Recipient = {
      KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
      AttestationDocument: Buffer.from('x'),
    } as const;
    expect(await refusalOf(random({ NumberOfBytes: 8, Recipient }))).toMatchObject({
      name: 'ValidationException',
      message: 'The attestation document is malformed.',
      status: 400,
    });
  });
});
