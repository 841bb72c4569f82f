import { createHmac, createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import {
  type AlgorithmSpec,
  CreateKeyCommand,
  DecryptCommand,
  DeleteImportedKeyMaterialCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateMacCommand,
  GetPublicKeyCommand,
  type MacAlgorithmSpec,
  SignCommand,
  VerifyCommand,
  VerifyMacCommand,
  type WrappingKeySpec,
} from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { useKms } from '../kms/kms-under-test.ts';
import {
  createExternalKey,
  doesNotExpire,
  getParameters,
  importMaterial,
  sendMaterial,
} from './importing.ts';
import {
  hmacSpecs,
  type ImportableSpec,
  keyPairSpecs,
  publicKeyOf,
  signingAlgorithmOf,
  signWith,
  specOf,
  verifyWith,
} from './key-pairs.ts';

const kms = useKms();

const incorrectMaterial = { name: 'IncorrectKeyMaterialException', status: 400 };
const notSupported = { name: 'UnsupportedOperationException', status: 400 };

const wrappingAlgorithms = [
  'RSAES_OAEP_SHA_1',
  'RSAES_OAEP_SHA_256',
  'RSA_AES_KEY_WRAP_SHA_1',
  'RSA_AES_KEY_WRAP_SHA_256',
] as const;

const create = ({ spec, usage }: ImportableSpec) =>
  createExternalKey(kms.client, { KeySpec: spec, KeyUsage: usage });

async function importInto(
  keyId: string,
  material: Buffer,
  algorithm: AlgorithmSpec = 'RSA_AES_KEY_WRAP_SHA_256',
  wrappingKey: WrappingKeySpec = 'RSA_2048',
) {
  const parameters = await getParameters(kms.client, keyId, algorithm, wrappingKey);
  return sendMaterial(kms.client, keyId, parameters, material);
}

/** Sends one key material after the other, all wrapped under one wrapping key. */
async function sender(keyId: string) {
  const parameters = await getParameters(kms.client, keyId, 'RSA_AES_KEY_WRAP_SHA_256');
  return (material: Buffer) => sendMaterial(kms.client, keyId, parameters, material);
}

/** Which algorithms AWS documents with a wrapping key of 2,048 bits ("Select a wrapping algorithm", KMS Developer Guide). */
function isDocumented(spec: string, algorithm: string): boolean {
  const isTooLong = spec.startsWith('RSA') || spec === 'ECC_NIST_P521';
  return !isTooLong || algorithm.startsWith('RSA_AES_KEY_WRAP');
}

const ofEverySpec = keyPairSpecs.map((one) => [one.spec, one.make()] as const);

describe.each(keyPairSpecs)('A private key of $spec', (one) => {
  const { spec } = one;
  const SigningAlgorithm = signingAlgorithmOf(spec);

  it('is imported with every wrapping algorithm that AWS documents for it, and refused every other', async () => {
    const key = await create(one);
    const material = one.make();
    for (const algorithm of wrappingAlgorithms) {
      const request = importInto(key.id, material, algorithm);
      if (isDocumented(spec, algorithm)) expect(await request, algorithm).toMatchObject({ KeyId: key.arn });
      else expect(await refusalOf(request), algorithm).toMatchObject(notSupported);
    }
  });

  it('signs as OpenSSL does, has the public key that belongs to it, and signs again after it was deleted', async () => {
    const key = await create(one);
    const material = one.make();
    const Message = randomBytes(50);
    await importInto(key.id, material);
    const { PublicKey = Buffer.alloc(0) } = await kms.client.send(new GetPublicKeyCommand({ KeyId: key.id }));
    expect(Buffer.from(PublicKey)).toEqual(publicKeyOf(material));
    const signIt = async () =>
      (await kms.client.send(new SignCommand({ KeyId: key.id, Message, SigningAlgorithm }))).Signature ??
      Buffer.alloc(0);
    const Signature = await signIt();
    expect(verifyWith(spec, PublicKey, Message, Signature)).toBe(true);
    const verifyTheirs = new VerifyCommand({
      KeyId: key.id,
      Message,
      SigningAlgorithm,
      Signature: signWith(spec, material, Message),
    });
    expect((await kms.client.send(verifyTheirs)).SignatureValid).toBe(true);

    await kms.client.send(new DeleteImportedKeyMaterialCommand({ KeyId: key.id }));
    expect(await refusalOf(signIt())).toMatchObject({ name: 'KMSInvalidStateException' });
    await importInto(key.id, material);
    expect(verifyWith(spec, PublicKey, Message, await signIt())).toBe(true);
  });

  it('is refused where the key has another already, as long as the key lives', async () => {
    const key = await create(one);
    const send = await sender(key.id);
    await send(one.make());
    const other = one.make();
    expect(await refusalOf(send(other))).toMatchObject(incorrectMaterial);
    await kms.client.send(new DeleteImportedKeyMaterialCommand({ KeyId: key.id }));
    expect(await refusalOf(send(other))).toMatchObject(incorrectMaterial);
  });

  it('is refused as a private key of every other spec', async () => {
    const key = await create(one);
    const send = await sender(key.id);
    for (const [other, material] of ofEverySpec) {
      if (other === spec) continue;
      expect(await refusalOf(send(material)), other).toMatchObject(incorrectMaterial);
    }
    const { KeyMetadata } = await kms.client.send(new DescribeKeyCommand({ KeyId: key.id }));
    expect(KeyMetadata?.KeyState).toBe('PendingImport');
  });

  it('is refused as anything but PKCS #8 in DER, whole and with nothing after it', async () => {
    const key = await create(one);
    const good = one.make();
    const pem = createPrivateKey({ key: good, format: 'der', type: 'pkcs8' }).export({
      format: 'pem',
      type: 'pkcs8',
    });
    const bad = [
      randomBytes(good.length),
      good.subarray(0, -1),
      good.subarray(1),
      Buffer.concat([good, Buffer.from([0])]),
      Buffer.alloc(good.length),
      publicKeyOf(good),
      Buffer.from(pem),
      randomBytes(32),
    ];
    const send = await sender(key.id);
    for (const material of bad) expect(await refusalOf(send(material))).toMatchObject(incorrectMaterial);
    expect(await send(good)).toMatchObject({ KeyId: key.arn });
  });
});

describe('A private key of ECC_NIST_P521', () => {
  it('is imported encrypted under a wrapping key of 3,072 or 4,096 bits, which it fits into', async () => {
    const one = specOf('ECC_NIST_P521');
    const key = await create(one);
    const material = one.make();
    for (const wrappingKey of ['RSA_3072', 'RSA_4096'] as const)
      expect(await importInto(key.id, material, 'RSAES_OAEP_SHA_256', wrappingKey)).toMatchObject({
        KeyId: key.arn,
      });
  });
});

describe('An RSA private key for encryption', () => {
  it('opens after its deletion and import what was encrypted before', async () => {
    const key = await createExternalKey(kms.client, { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' });
    const material = specOf('RSA_2048').make();
    await importInto(key.id, material);
    const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256';
    const { CiphertextBlob } = await kms.client.send(
      new EncryptCommand({ KeyId: key.id, Plaintext: Buffer.from('kept'), EncryptionAlgorithm }),
    );
    await kms.client.send(new DeleteImportedKeyMaterialCommand({ KeyId: key.id }));
    const decrypt = () =>
      kms.client.send(new DecryptCommand({ KeyId: key.id, CiphertextBlob, EncryptionAlgorithm }));
    expect(await refusalOf(decrypt())).toMatchObject({ name: 'KMSInvalidStateException' });
    await importInto(key.id, material);
    expect(Buffer.from((await decrypt()).Plaintext ?? []).toString()).toBe('kept');
  });

  it('is refused where its public exponent or its size is unusual', async () => {
    const key = await create(specOf('RSA_2048'));
    const send = await sender(key.id);
    for (const options of [
      { modulusLength: 2048, publicExponent: 3 },
      { modulusLength: 2047 },
      { modulusLength: 2056 },
      { modulusLength: 1024 },
    ]) {
      const material = generateKeyPairSync('rsa', options).privateKey.export({
        format: 'der',
        type: 'pkcs8',
      });
      expect(await refusalOf(send(material)), JSON.stringify(options)).toMatchObject(incorrectMaterial);
    }
  });
});

describe.each(hmacSpecs)('Key material of $spec', (one) => {
  const MacAlgorithm = one.spec.replace('HMAC_', 'HMAC_SHA_') as MacAlgorithmSpec;
  const hash = one.spec.replace('HMAC_', 'sha');

  it('makes the MACs that OpenSSL makes, again after it was deleted', async () => {
    const key = await create(one);
    const material = one.make();
    const Message = randomBytes(40);
    const expected = createHmac(hash, material).update(Message).digest();
    for (const algorithm of wrappingAlgorithms) {
      await importInto(key.id, material, algorithm);
      const { Mac } = await kms.client.send(new GenerateMacCommand({ KeyId: key.id, Message, MacAlgorithm }));
      expect(Buffer.from(Mac ?? [])).toEqual(expected);
      await kms.client.send(new DeleteImportedKeyMaterialCommand({ KeyId: key.id }));
      const verify = new VerifyMacCommand({ KeyId: key.id, Message, MacAlgorithm, Mac: expected });
      expect(await refusalOf(kms.client.send(verify))).toMatchObject({ name: 'KMSInvalidStateException' });
    }
  });

  it('is refused in every other length, and as other material than before', async () => {
    const key = await create(one);
    const right = one.make();
    const send = await sender(key.id);
    for (const length of [1, 16, right.length - 1, right.length + 1, 128])
      expect(await refusalOf(send(randomBytes(length)))).toMatchObject(incorrectMaterial);
    await send(right);
    expect(await refusalOf(send(one.make()))).toMatchObject(incorrectMaterial);
  });

  it.each([
    { ImportType: 'EXISTING_KEY_MATERIAL' },
    { KeyMaterialDescription: 'mine' },
    { KeyMaterialId: 'ab'.repeat(32) },
  ] as const)('is refused with %j, which only symmetric encryption keys have', async (member) => {
    const key = await create(one);
    const request = importMaterial(kms.client, key.id, one.make(), { ...doesNotExpire, ...member });
    expect(await refusalOf(request)).toMatchObject({ name: 'ValidationException', status: 400 });
  });
});

describe('CreateKey with Origin EXTERNAL', () => {
  it.each(['ML_DSA_44', 'ML_DSA_65', 'ML_DSA_87'] as const)('is refused for %s', async (KeySpec) => {
    const command = new CreateKeyCommand({ KeySpec, KeyUsage: 'SIGN_VERIFY', Origin: 'EXTERNAL' });
    expect(await refusalOf(kms.client.send(command))).toMatchObject(notSupported);
  });

  it.each(['ML_KEM_512', 'ML_KEM_768', 'ML_KEM_1024'] as const)('is refused for %s', async (KeySpec) => {
    const command = new CreateKeyCommand({
      KeySpec,
      KeyUsage: 'ENCAPSULATE_DECAPSULATE',
      Origin: 'EXTERNAL',
    });
    expect(await refusalOf(kms.client.send(command))).toMatchObject(notSupported);
  });
});
