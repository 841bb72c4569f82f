import {
  CreateKeyCommand,
  DecryptCommand,
  DeriveSharedSecretCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateDataKeyPairCommand,
  GetPublicKeyCommand,
  type KeyUsageType,
  type KMSClient,
  ReEncryptCommand,
  SignCommand,
  type SignCommandInput,
  VerifyCommand,
} from '@aws-sdk/client-kms';
import { createECDH, createHash, createPublicKey, publicEncrypt } from 'node:crypto';
import { refusalOf } from '@keyhaven/testkit';
import { weierstrass } from '@noble/curves/abstract/weierstrass.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { invalidCiphertext } from '../cryptography/made-key.ts';
import { refusal } from '../kms/kms-under-test.ts';
import { bytes, flipBit, useKeys } from './keys-under-test.ts';

/** SM2 (GB/T 32918) is there in the Regions of China only: "Key spec reference", KMS Developer Guide. */
const china = 'cn-north-1';
const keys = useKeys();
let kms: KMSClient;
beforeAll(() => {
  kms = keys.service.client({ region: china });
});

const Message = Buffer.from('a message');
const SigningAlgorithm = 'SM2DSA';
const EncryptionAlgorithm = 'SM2PKE';
const invalidSignature = refusal('KMSInvalidSignatureException', '');

const made = new Map<KeyUsageType, Promise<string>>();
const create = async (KeyUsage: KeyUsageType) =>
  (await kms.send(new CreateKeyCommand({ KeySpec: 'SM2', KeyUsage }))).KeyMetadata?.KeyId ?? '';
function key(usage: KeyUsageType): Promise<string> {
  const known = made.get(usage) ?? create(usage);
  made.set(usage, known);
  return known;
}

const publicDer = async (KeyId: string) =>
  bytes((await kms.send(new GetPublicKeyCommand({ KeyId }))).PublicKey);
/** The uncompressed point, which the SubjectPublicKeyInfo ends with. */
const pointOf = (der: Buffer) => der.subarray(-65);
/** What stands before the point: id-ecPublicKey on the curve SM2 (RFC 8998, section 3.2.1). */
const spkiPrefix = Buffer.from('3059301306072a8648ce3d020106082a811ccf5501822d034200', 'hex');

/** GB/T 32918.5. */
const curve = {
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  n: 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n,
  h: 1n,
  a: 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  Gx: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  Gy: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
};
const Sm2Point = weierstrass(curve);

describe('A key of SM2 in a Region of China', () => {
  it.each([
    ['SIGN_VERIFY', { SigningAlgorithms: ['SM2DSA'] }],
    ['ENCRYPT_DECRYPT', { EncryptionAlgorithms: ['SM2PKE'] }],
    ['KEY_AGREEMENT', { KeyAgreementAlgorithms: ['ECDH'] }],
  ] as const)('for %s lists its algorithm and answers its public key', async (usage, lists) => {
    const KeyId = await key(usage);
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
    expect(KeyMetadata).toMatchObject({
      KeySpec: 'SM2',
      CustomerMasterKeySpec: 'SM2',
      KeyUsage: usage,
      ...lists,
    });
    expect(KeyMetadata?.Arn).toBe(`arn:aws-cn:kms:${china}:000000000000:key/${KeyId}`);
    const der = await publicDer(KeyId);
    expect(der.subarray(0, spkiPrefix.length).equals(spkiPrefix)).toBe(true);
    expect(der).toHaveLength(spkiPrefix.length + 65);
    expect(pointOf(der)[0]).toBe(4);
  });

  it('makes data key pairs, of which the private key gives the public one', async () => {
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const pair = await kms.send(
      new GenerateDataKeyPairCommand({ KeyId: KeyMetadata?.KeyId, KeyPairSpec: 'SM2' }),
    );
    const pkcs8 = bytes(pair.PrivateKeyPlaintext);
    // ECPrivateKey (RFC 5915) in PKCS #8: version 1, then the scalar.
    const at = pkcs8.indexOf(Buffer.from('0201010420', 'hex'));
    const ecdh = createECDH('SM2');
    ecdh.setPrivateKey(pkcs8.subarray(at + 5, at + 37));
    expect(ecdh.getPublicKey()).toEqual(pointOf(bytes(pair.PublicKey)));
  });
});

describe('SM2DSA', () => {
  const sign = async (input: Omit<SignCommandInput, 'SigningAlgorithm'>) =>
    bytes((await kms.send(new SignCommand({ ...input, SigningAlgorithm }))).Signature);

  /** Z of GB/T 32918.2, section 5.5, for the default distinguishing identifier and the curve's parameters. */
  function digestOf(publicKey: Buffer, message: Buffer): Buffer {
    const parameters = [curve.a, curve.b, curve.Gx, curve.Gy]
      .map((value) => value.toString(16).padStart(64, '0'))
      .join('');
    const id = Buffer.from('1234567812345678');
    const sm3 = (...parts: readonly Buffer[]) => createHash('sm3').update(Buffer.concat(parts)).digest();
    const z = sm3(Buffer.from([0, 128]), id, Buffer.from(parameters, 'hex'), pointOf(publicKey).subarray(1));
    return sm3(z, message);
  }

  it('signs a message as its digest with the default distinguishing identifier', async () => {
    const KeyId = await key('SIGN_VERIFY');
    const digest = digestOf(await publicDer(KeyId), Message);
    const signatures = [
      await sign({ KeyId, Message }),
      await sign({ KeyId, Message: digest, MessageType: 'DIGEST' }),
    ];
    for (const Signature of signatures) {
      for (const request of [{ Message }, { Message: digest, MessageType: 'DIGEST' } as const]) {
        const verified = await kms.send(
          new VerifyCommand({ KeyId, ...request, Signature, SigningAlgorithm }),
        );
        expect(verified.SignatureValid).toBe(true);
      }
    }
  });

  it('refuses a changed signature, another message and another key, without a message', async () => {
    const KeyId = await key('SIGN_VERIFY');
    const right = await sign({ KeyId, Message });
    const request = { KeyId, Message, Signature: right, SigningAlgorithm } as const;
    const wrong = [
      { ...request, Signature: flipBit(right, 20) },
      { ...request, Message: Buffer.from('another message') },
      { ...request, KeyId: await create('SIGN_VERIFY') },
    ];
    for (const input of wrong)
      expect(await refusalOf(kms.send(new VerifyCommand(input)))).toEqual(invalidSignature);
  });

  it('refuses a digest that has not 32 bytes, and EXTERNAL_MU, with ValidationException', async () => {
    const KeyId = await key('SIGN_VERIFY');
    const short = sign({ KeyId, Message: Buffer.alloc(31), MessageType: 'DIGEST' });
    expect(await refusalOf(short)).toEqual(
      refusal('ValidationException', 'Digest is invalid length for algorithm SM2DSA.'),
    );
    const mu = sign({ KeyId, Message: Buffer.alloc(64), MessageType: 'EXTERNAL_MU' });
    expect(await refusalOf(mu)).toEqual(
      refusal('ValidationException', 'MessageType EXTERNAL_MU is not supported for algorithm SM2DSA.'),
    );
  });
});

describe('SM2PKE', () => {
  const encrypt = async (KeyId: string, Plaintext: Uint8Array) =>
    bytes((await kms.send(new EncryptCommand({ KeyId, Plaintext, EncryptionAlgorithm }))).CiphertextBlob);
  const decrypt = (KeyId: string, CiphertextBlob: Uint8Array) =>
    kms.send(new DecryptCommand({ KeyId, CiphertextBlob, EncryptionAlgorithm }));

  it('encrypts and decrypts up to 1,024 bytes', async () => {
    const KeyId = await key('ENCRYPT_DECRYPT');
    for (const length of [1, 1024]) {
      const plaintext = Buffer.alloc(length, 7);
      expect(bytes((await decrypt(KeyId, await encrypt(KeyId, plaintext))).Plaintext)).toEqual(plaintext);
    }
  });

  it('refuses a plaintext longer than 1,024 bytes with ValidationException', async () => {
    expect(await refusalOf(encrypt(await key('ENCRYPT_DECRYPT'), Buffer.alloc(1025)))).toEqual(
      refusal(
        'ValidationException',
        'Algorithm SM2PKE and key spec SM2 cannot encrypt data larger than 1024 bytes.',
      ),
    );
  });

  it('refuses a changed ciphertext, a cut one and that of another key, without a message', async () => {
    const KeyId = await key('ENCRYPT_DECRYPT');
    const right = await encrypt(KeyId, Buffer.from('a plaintext'));
    const wrong = [
      ...[0, 10, 60, right.length - 1].map((place) => flipBit(right, place)),
      right.subarray(0, -1),
      Buffer.concat([right, Buffer.from([0])]),
      await encrypt(await create('ENCRYPT_DECRYPT'), Buffer.from('a plaintext')),
    ];
    for (const ciphertext of wrong)
      expect(await refusalOf(decrypt(KeyId, ciphertext))).toEqual(invalidCiphertext);
  });
});

describe('ReEncrypt to a key of SM2', () => {
  it('refuses what an RSA key says is empty with ValidationException: SM2 cannot encrypt it', async () => {
    const { KeyMetadata } = await kms.send(
      new CreateKeyCommand({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' }),
    );
    const SourceKeyId = KeyMetadata?.KeyId ?? '';
    const rsaKey = createPublicKey({ key: await publicDer(SourceKeyId), format: 'der', type: 'spki' });
    const nothing = publicEncrypt({ key: rsaKey, oaepHash: 'sha256' }, Buffer.alloc(0));
    const command = new ReEncryptCommand({
      CiphertextBlob: nothing,
      SourceKeyId,
      SourceEncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
      DestinationKeyId: await key('ENCRYPT_DECRYPT'),
      DestinationEncryptionAlgorithm: EncryptionAlgorithm,
    });
    expect(await refusalOf(kms.send(command))).toEqual(
      refusal('ValidationException', 'Algorithm SM2PKE and key spec SM2 cannot encrypt empty data.'),
    );
  });
});

describe('ECDH with SM2', () => {
  it('answers the X coordinate of the shared point', async () => {
    const KeyId = await key('KEY_AGREEMENT');
    const theirs = createECDH('SM2');
    const PublicKey = Buffer.concat([spkiPrefix, theirs.generateKeys()]);
    const command = new DeriveSharedSecretCommand({ KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey });
    const shared = Sm2Point.fromHex(pointOf(await publicDer(KeyId)).toString('hex')).multiply(
      BigInt(`0x${theirs.getPrivateKey('hex')}`),
    );
    expect(bytes((await kms.send(command)).SharedSecret).toString('hex')).toBe(
      shared.x.toString(16).padStart(64, '0'),
    );
  });

  it('refuses a key on P-256, whose size is the same, without a message', async () => {
    const other = await keys.publicDer(await keys.key('ECC_NIST_P256', 'KEY_AGREEMENT'));
    const command = new DeriveSharedSecretCommand({
      KeyId: await key('KEY_AGREEMENT'),
      KeyAgreementAlgorithm: 'ECDH',
      PublicKey: other,
    });
    expect(await refusalOf(kms.send(command))).toEqual(refusal('ValidationException', ''));
  });
});

describe('SM2 outside China', () => {
  it('is refused for data key pairs with UnsupportedOperationException', async () => {
    const { id: KeyId } = await keys.key('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT');
    const command = new GenerateDataKeyPairCommand({ KeyId, KeyPairSpec: 'SM2' });
    expect(await refusalOf(keys.client.send(command))).toEqual(
      refusal('UnsupportedOperationException', 'KeySpec SM2 is not supported in eu-west-2.'),
    );
  });
});
