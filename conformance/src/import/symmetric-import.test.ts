import { randomBytes } from 'node:crypto';
import {
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EncryptCommand,
  GetParametersForImportCommand,
  ImportKeyMaterialCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { day, refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { constraintRefusal, refusal, useKms } from '../kms/kms-under-test.ts';
import {
  asExisting,
  asNew,
  createExternalKey,
  doesNotExpire,
  getParameters,
  importMaterial,
  sendMaterial,
  wrapMaterial,
} from './importing.ts';

const kms = useKms();

const incorrectMaterial = { name: 'IncorrectKeyMaterialException', status: 400 };
const invalidToken = { name: 'InvalidImportTokenException', status: 400 };
const expiredToken = { name: 'ExpiredImportTokenException', status: 400 };
const invalidCiphertext = { name: 'InvalidCiphertextException', message: '', status: 400 };

const describeKey = async (KeyId: string) =>
  (await kms.client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata;

describe('GetParametersForImport', () => {
  it('answers the key ARN, a public key, a token of at most 6,144 bytes, and 24 hours', async () => {
    const key = await createExternalKey(kms.client);
    const before = Date.now();
    const reply = await kms.client.send(
      new GetParametersForImportCommand({
        KeyId: key.id,
        WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
        WrappingKeySpec: 'RSA_2048',
      }),
    );
    expect(reply.KeyId).toBe(key.arn);
    expect(reply.PublicKey?.length).toBe(294);
    expect(reply.ImportToken?.length).toBeLessThanOrEqual(6144);
    const validFor = (reply.ParametersValidTo?.getTime() ?? 0) - before;
    expect(validFor).toBeGreaterThan((day - 1) * 1000);
    expect(validFor).toBeLessThan((day + 60) * 1000);
  });

  it('answers another wrapping key and another token each time', async () => {
    const key = await createExternalKey(kms.client);
    const [one, other] = [await getParameters(kms.client, key.id), await getParameters(kms.client, key.id)];
    expect(one.publicKey).not.toEqual(other.publicKey);
    expect(one.token).not.toEqual(other.token);
  });

  it('refuses a key whose material the service made, by the origin', async () => {
    const key = await kms.createKey();
    expect(await refusalOf(getParameters(kms.client, key.id))).toEqual(
      refusal(
        'UnsupportedOperationException',
        `${key.arn} origin is AWS_KMS which is not valid for this operation.`,
      ),
    );
  });

  it('refuses a key that is pending deletion', async () => {
    const key = await createExternalKey(kms.client);
    await kms.client.send(new ScheduleKeyDeletionCommand({ KeyId: key.id }));
    expect(await refusalOf(getParameters(kms.client, key.id))).toEqual(
      refusal('KMSInvalidStateException', `${key.arn} is pending deletion.`),
    );
  });

  it.each([
    ['RSAES_PKCS1_V1_5', 'RSA_2048'],
    ['SM2PKE', 'RSA_2048'],
    ['SM2PKE', 'SM2'],
    ['RSAES_OAEP_SHA_256', 'SM2'],
  ] as const)('refuses %s with %s', async (algorithm, spec) => {
    const key = await createExternalKey(kms.client);
    expect(await refusalOf(getParameters(kms.client, key.id, algorithm, spec))).toMatchObject({
      name: 'UnsupportedOperationException',
      status: 400,
    });
  });

  it('refuses an alias', async () => {
    expect(await refusalOf(getParameters(kms.client, 'alias/some'))).toEqual(
      refusal('InvalidArnException', 'Key Aliases are not supported for this operation.'),
    );
  });
});

describe('ImportKeyMaterial into a symmetric key', () => {
  it('makes a key that pends import Enabled, and answers the id of the key material', async () => {
    const key = await createExternalKey(kms.client);
    expect(await describeKey(key.id)).toMatchObject({
      KeyState: 'PendingImport',
      Enabled: false,
      Origin: 'EXTERNAL',
    });
    const parameters = await getParameters(kms.client, key.id);
    const reply = await sendMaterial(kms.client, key.id, parameters, randomBytes(32));
    expect(reply.KeyId).toBe(key.arn);
    expect(reply.KeyMaterialId).toMatch(/^[0-9a-f]{64}$/);
    expect(await describeKey(key.id)).toMatchObject({
      KeyState: 'Enabled',
      Enabled: true,
      ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
      CurrentKeyMaterialId: reply.KeyMaterialId,
    });
  });

  it('lets the key encrypt and decrypt', async () => {
    const key = await createExternalKey(kms.client);
    await importMaterial(kms.client, key.id, randomBytes(32));
    const Plaintext = randomBytes(20);
    const { CiphertextBlob } = await kms.client.send(new EncryptCommand({ KeyId: key.id, Plaintext }));
    const opened = await kms.client.send(new DecryptCommand({ CiphertextBlob }));
    expect(Buffer.from(opened.Plaintext ?? [])).toEqual(Plaintext);
  });

  it.each([
    'RSAES_OAEP_SHA_1',
    'RSAES_OAEP_SHA_256',
    'RSA_AES_KEY_WRAP_SHA_1',
    'RSA_AES_KEY_WRAP_SHA_256',
  ] as const)('takes material wrapped with %s', async (algorithm) => {
    const key = await createExternalKey(kms.client);
    const parameters = await getParameters(kms.client, key.id, algorithm, 'RSA_3072');
    await sendMaterial(kms.client, key.id, parameters, randomBytes(32));
    expect((await describeKey(key.id))?.KeyState).toBe('Enabled');
  });

  it('takes the same material again under the same id, with a new expiry', async () => {
    const key = await createExternalKey(kms.client);
    const material = randomBytes(32);
    const id = await importMaterial(kms.client, key.id, material);
    const ValidTo = new Date(Math.floor(Date.now() / 1000 + 5 * day) * 1000);
    expect(await importMaterial(kms.client, key.id, material, { ValidTo })).toBe(id);
    expect(await describeKey(key.id)).toMatchObject({ ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo });
    expect(await importMaterial(kms.client, key.id, material, asExisting)).toBe(id);
    expect((await describeKey(key.id))?.ValidTo).toBeUndefined();
  });

  it('leaves a disabled key disabled when it takes the same material again', async () => {
    const key = await createExternalKey(kms.client);
    const material = randomBytes(32);
    await importMaterial(kms.client, key.id, material);
    await kms.client.send(new DisableKeyCommand({ KeyId: key.id }));
    await importMaterial(kms.client, key.id, material);
    expect((await describeKey(key.id))?.KeyState).toBe('Disabled');
  });

  it('takes a token twice within its 24 hours', async () => {
    const key = await createExternalKey(kms.client);
    const parameters = await getParameters(kms.client, key.id);
    const material = randomBytes(32);
    const first = await sendMaterial(kms.client, key.id, parameters, material);
    const second = await sendMaterial(kms.client, key.id, parameters, material);
    expect(second.KeyMaterialId).toBe(first.KeyMaterialId);
  });

  it.each([0, 1, 16, 31, 33, 64])('refuses material of %i bytes', async (length) => {
    const key = await createExternalKey(kms.client);
    expect(await refusalOf(importMaterial(kms.client, key.id, randomBytes(length)))).toMatchObject(
      incorrectMaterial,
    );
    expect((await describeKey(key.id))?.KeyState).toBe('PendingImport');
  });

  it('refuses other material than before, unless it says that it is new', async () => {
    const key = await createExternalKey(kms.client);
    await importMaterial(kms.client, key.id, randomBytes(32));
    const other = randomBytes(32);
    expect(await refusalOf(importMaterial(kms.client, key.id, other))).toMatchObject(incorrectMaterial);
    expect(await refusalOf(importMaterial(kms.client, key.id, other, asExisting))).toMatchObject(
      incorrectMaterial,
    );
  });

  it('refuses material as existing before any was imported', async () => {
    const key = await createExternalKey(kms.client);
    const request = importMaterial(kms.client, key.id, randomBytes(32), asExisting);
    expect(await refusalOf(request)).toMatchObject(incorrectMaterial);
  });

  it('refuses material as new that the key has already', async () => {
    const key = await createExternalKey(kms.client);
    const material = randomBytes(32);
    await importMaterial(kms.client, key.id, material, asNew);
    expect(await refusalOf(importMaterial(kms.client, key.id, material, asNew))).toMatchObject(
      incorrectMaterial,
    );
  });

  it('takes the id of the material with EXISTING_KEY_MATERIAL, and refuses another or one with NEW_KEY_MATERIAL', async () => {
    const key = await createExternalKey(kms.client);
    const material = randomBytes(32);
    const KeyMaterialId = await importMaterial(kms.client, key.id, material);
    expect(await importMaterial(kms.client, key.id, material, { ...asExisting, KeyMaterialId })).toBe(
      KeyMaterialId,
    );
    const wrongId = importMaterial(kms.client, key.id, material, {
      ...asExisting,
      KeyMaterialId: 'ab'.repeat(32),
    });
    expect(await refusalOf(wrongId)).toMatchObject(incorrectMaterial);
    const newWithId = importMaterial(kms.client, key.id, randomBytes(32), { ...asNew, KeyMaterialId });
    expect(await refusalOf(newWithId)).toMatchObject({ name: 'ValidationException', status: 400 });
  });

  it('refuses a second new material while one waits for its rotation', async () => {
    const key = await createExternalKey(kms.client);
    await importMaterial(kms.client, key.id, randomBytes(32));
    const pending = await importMaterial(kms.client, key.id, randomBytes(32), asNew);
    const refused = await refusalOf(importMaterial(kms.client, key.id, randomBytes(32), asNew));
    expect(refused).toMatchObject({ name: 'KMSInvalidStateException', status: 400 });
    expect(refused.message.replace(/\(id: [0-9a-f]{64}\)/, '(id: X)')).toBe(
      `New key material (id: X) cannot be imported into KMS key ${key.arn}, because another key material (id: ${pending}) is pending rotation.`,
    );
  });
});

describe('The expiry of imported key material', () => {
  const importWith = async (input: Parameters<typeof importMaterial>[3]) => {
    const key = await createExternalKey(kms.client);
    return importMaterial(kms.client, key.id, randomBytes(32), input);
  };
  const inDays = (days: number) => new Date(Date.now() + days * day * 1000);

  it('must be given where the material expires, which is the default', async () => {
    const missing = refusal(
      'ValidationException',
      'A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES',
    );
    expect(await refusalOf(importWith({}))).toEqual(missing);
    expect(await refusalOf(importWith({ ExpirationModel: 'KEY_MATERIAL_EXPIRES' }))).toEqual(missing);
  });

  it('must not be given where the material does not expire', async () => {
    const request = importWith({ ...doesNotExpire, ValidTo: inDays(1) });
    expect(await refusalOf(request)).toMatchObject({ name: 'ValidationException', status: 400 });
  });

  it.each([-365, -1, -1 / 86400])('is refused %f days from now', async (days) => {
    expect(await refusalOf(importWith({ ValidTo: inDays(days) }))).toMatchObject({
      name: 'ValidationException',
      status: 400,
    });
  });

  it('is refused later than 365 days from now, and taken up to them', async () => {
    expect(await refusalOf(importWith({ ValidTo: inDays(365.01) }))).toMatchObject({
      name: 'ValidationException',
      status: 400,
    });
    expect(await importWith({ ValidTo: inDays(364.99) })).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is refused where the model is none of the two', async () => {
    const refused = await refusalOf(importWith({ ExpirationModel: 'NEVER' as 'KEY_MATERIAL_EXPIRES' }));
    expect(refused.name).toBe('ValidationException');
    expect(refused.message).toContain("Value 'NEVER' at 'expirationModel'");
  });
});

describe('An import token', () => {
  it('is refused for another key', async () => {
    const [one, other] = [await createExternalKey(kms.client), await createExternalKey(kms.client)];
    const parameters = await getParameters(kms.client, one.id);
    const request = sendMaterial(kms.client, other.id, parameters, randomBytes(32));
    expect(await refusalOf(request)).toMatchObject(invalidToken);
  });

  it('is refused with any one bit changed', async () => {
    const key = await createExternalKey(kms.client);
    const parameters = await getParameters(kms.client, key.id);
    // Not the bits of the time (17 to 24) that would make it an expired one.
    for (const at of [0, 1, 16, 24, 25, 40, parameters.token.length - 1]) {
      const token = Buffer.from(parameters.token);
      token[at] = (token[at] ?? 0) ^ 1;
      const request = sendMaterial(kms.client, key.id, { ...parameters, token }, randomBytes(32));
      expect(await refusalOf(request), `byte ${at}`).toMatchObject(invalidToken);
    }
  });

  it('is refused cut short, made longer, and as anything else', async () => {
    const key = await createExternalKey(kms.client);
    const parameters = await getParameters(kms.client, key.id);
    const { token } = parameters;
    for (const bad of [
      token.subarray(1),
      token.subarray(0, -1),
      Buffer.concat([token, token]),
      randomBytes(57),
    ]) {
      const request = sendMaterial(kms.client, key.id, { ...parameters, token: bad }, randomBytes(32));
      expect(await refusalOf(request)).toMatchObject(invalidToken);
    }
  });

  it('does not open what was wrapped under another wrapping key of the same key', async () => {
    const key = await createExternalKey(kms.client);
    const [one, other] = [await getParameters(kms.client, key.id), await getParameters(kms.client, key.id)];
    const request = sendMaterial(kms.client, key.id, { ...one, token: other.token }, randomBytes(32));
    expect(await refusalOf(request)).toEqual(invalidCiphertext);
  });

  it('must be there', async () => {
    const key = await createExternalKey(kms.client);
    const request = kms.client.send(
      new ImportKeyMaterialCommand({
        KeyId: key.id,
        ImportToken: undefined,
        EncryptedKeyMaterial: randomBytes(256),
        ...doesNotExpire,
      }),
    );
    expect(await refusalOf(request)).toEqual(
      constraintRefusal("Value null at 'importToken' failed to satisfy constraint: Member must not be null"),
    );
  });
});

describe('Wrapped key material', () => {
  it.each(['RSAES_OAEP_SHA_256', 'RSA_AES_KEY_WRAP_SHA_256'] as const)(
    'is refused damaged or cut short, with %s',
    async (algorithm) => {
      const key = await createExternalKey(kms.client);
      const parameters = await getParameters(kms.client, key.id, algorithm);
      const wrapped = wrapMaterial(parameters, randomBytes(32));
      const damaged = [0, 100, wrapped.length - 1].map((at) => {
        const copy = Buffer.from(wrapped);
        copy[at] = (copy[at] ?? 0) ^ 1;
        return copy;
      });
      const cut = [
        wrapped.subarray(1),
        wrapped.subarray(0, -1),
        wrapped.subarray(0, 10),
        wrapped.subarray(0, 256 - 1),
      ];
      for (const EncryptedKeyMaterial of [...damaged, ...cut, randomBytes(6144)]) {
        const request = kms.client.send(
          new ImportKeyMaterialCommand({
            KeyId: key.id,
            ImportToken: parameters.token,
            EncryptedKeyMaterial,
            ...doesNotExpire,
          }),
        );
        expect(await refusalOf(request)).toEqual(invalidCiphertext);
      }
    },
  );

  it('is refused where it was wrapped with another algorithm than the parameters name', async () => {
    const key = await createExternalKey(kms.client);
    const parameters = await getParameters(kms.client, key.id, 'RSAES_OAEP_SHA_256');
    for (const algorithm of ['RSAES_OAEP_SHA_1', 'RSA_AES_KEY_WRAP_SHA_256'] as const) {
      const wrapped = wrapMaterial({ ...parameters, algorithm }, randomBytes(32));
      const request = kms.client.send(
        new ImportKeyMaterialCommand({
          KeyId: key.id,
          ImportToken: parameters.token,
          EncryptedKeyMaterial: wrapped,
          ...doesNotExpire,
        }),
      );
      expect(await refusalOf(request)).toEqual(invalidCiphertext);
    }
  });
});

describe('Import parameters', () => {
  it('are good for 24 hours and no longer, before and after they are removed', async () => {
    const key = await createExternalKey(kms.client);
    const parameters = await getParameters(kms.client, key.id);
    await kms.service.advance(day - 600);
    await sendMaterial(kms.client, key.id, parameters, randomBytes(32));
    await kms.service.advance(601);
    const request = () => sendMaterial(kms.client, key.id, parameters, randomBytes(32));
    expect(await refusalOf(request())).toMatchObject(expiredToken);
    await kms.service.advance(3600);
    expect(await refusalOf(request())).toMatchObject(expiredToken);
  });

  it('are good after a restart', async () => {
    const key = await createExternalKey(kms.client);
    const parameters = await getParameters(kms.client, key.id);
    await kms.restart();
    await sendMaterial(kms.client, key.id, parameters, randomBytes(32));
    expect((await describeKey(key.id))?.KeyState).toBe('Enabled');
  });
});
