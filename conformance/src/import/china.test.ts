import { randomBytes } from 'node:crypto';
import {
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateMacCommand,
  ImportKeyMaterialCommand,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { sm2 } from '@keyhaven/crypto';
import { refusalOf } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useKms } from '../kms/kms-under-test.ts';
import { createExternalKey, doesNotExpire, getParameters, sendMaterial } from './importing.ts';

const kms = useKms();
let china: KMSClient;
beforeAll(() => {
  china = kms.service.client({ region: 'cn-north-1' });
});
afterAll(() => {
  china.destroy();
});

const invalidCiphertext = { name: 'InvalidCiphertextException', message: '', status: 400 };
const notSupported = { name: 'UnsupportedOperationException', status: 400 };

/** Wraps key material under SM2. OpenSSL's command line has no SM2PKE in the form of KMS, so the service's own is used. */
async function wrapUnderSm2(keyId: string, material: Buffer) {
  const parameters = await getParameters(china, keyId, 'SM2PKE', 'SM2');
  const wrapped = sm2.encryption.get('SM2PKE')?.encrypt(sm2.openPublicKey(parameters.publicKey), material);
  if (wrapped === undefined) throw new Error('SM2 has SM2PKE');
  return { ImportToken: parameters.token, EncryptedKeyMaterial: Buffer.from(wrapped) };
}

describe('In a Region of China, key material', () => {
  it('is imported wrapped under SM2', async () => {
    const key = await createExternalKey(china);
    const material = randomBytes(32);
    const sealed = await wrapUnderSm2(key.id, material);
    await china.send(new ImportKeyMaterialCommand({ KeyId: key.id, ...sealed, ...doesNotExpire }));
    const Plaintext = Buffer.from('kept');
    const { CiphertextBlob } = await china.send(new EncryptCommand({ KeyId: key.id, Plaintext }));
    const opened = await china.send(new DecryptCommand({ CiphertextBlob }));
    expect(Buffer.from(opened.Plaintext ?? [])).toEqual(Plaintext);
  });

  it('is the same material whichever way it was wrapped', async () => {
    const key = await createExternalKey(china, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    const material = randomBytes(32);
    const sealed = await wrapUnderSm2(key.id, material);
    await china.send(new ImportKeyMaterialCommand({ KeyId: key.id, ...sealed, ...doesNotExpire }));
    await sendMaterial(china, key.id, await getParameters(china, key.id), material);
    const input = { KeyId: key.id, Message: Buffer.from('m'), MacAlgorithm: 'HMAC_SHA_256' } as const;
    expect((await china.send(new GenerateMacCommand(input))).Mac).toHaveLength(32);
  });

  it('is refused damaged', async () => {
    const key = await createExternalKey(china);
    const { ImportToken, EncryptedKeyMaterial } = await wrapUnderSm2(key.id, randomBytes(32));
    for (const at of [0, 10, EncryptedKeyMaterial.length - 1]) {
      const damaged = Buffer.from(EncryptedKeyMaterial);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      const command = new ImportKeyMaterialCommand({
        KeyId: key.id,
        ImportToken,
        EncryptedKeyMaterial: damaged,
        ...doesNotExpire,
      });
      expect(await refusalOf(china.send(command)), `byte ${at}`).toEqual(invalidCiphertext);
    }
  });

  it.each(['RSA_AES_KEY_WRAP_SHA_1', 'RSA_AES_KEY_WRAP_SHA_256'] as const)(
    'is not wrapped with %s',
    async (algorithm) => {
      const key = await createExternalKey(china);
      expect(await refusalOf(getParameters(china, key.id, algorithm))).toMatchObject(notSupported);
    },
  );
});

describe('Elsewhere, a key of SM2', () => {
  it('cannot be made, with imported key material as little as without', async () => {
    const command = new CreateKeyCommand({ Origin: 'EXTERNAL', KeySpec: 'SM2', KeyUsage: 'SIGN_VERIFY' });
    expect(await refusalOf(kms.client.send(command))).toMatchObject(notSupported);
  });

  it('is not what wraps key material', async () => {
    const key = await createExternalKey(kms.client);
    const request = getParameters(kms.client, key.id, 'SM2PKE', 'SM2');
    expect(await refusalOf(request)).toMatchObject(notSupported);
    const { KeyMetadata } = await kms.client.send(new DescribeKeyCommand({ KeyId: key.id }));
    expect(KeyMetadata?.KeyState).toBe('PendingImport');
  });
});
