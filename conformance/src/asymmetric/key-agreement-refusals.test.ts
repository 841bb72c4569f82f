import {
  DeriveSharedSecretCommand,
  type DeriveSharedSecretCommandInput,
  type KeyAgreementAlgorithmSpec,
  type KeySpec,
  type KeyUsageType,
} from '@aws-sdk/client-kms';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { constraintRefusal, refusal } from '../kms/kms-under-test.ts';
import { flipBit, useKeys } from './keys-under-test.ts';

const keys = useKeys();
const spki = (key: KeyObject) => key.export({ format: 'der', type: 'spki' });
const ecKey = (namedCurve: string) => spki(generateKeyPairSync('ec', { namedCurve }).publicKey);
const p256Key = ecKey('prime256v1');
/** The SubjectPublicKeyInfo of a P-256 key up to its point, which takes the last 65 bytes. */
const p256Prefix = p256Key.subarray(0, -65);
const withPoint = (point: Uint8Array) => Buffer.concat([p256Prefix, point]);

/** "DeriveSharedSecret", KMS API Reference; AWS sends no text. */
const unusable = refusal('ValidationException', '');
const refused = (input: DeriveSharedSecretCommandInput) =>
  refusalOf(keys.client.send(new DeriveSharedSecretCommand(input)));
const p256 = async () => (await keys.key('ECC_NIST_P256', 'KEY_AGREEMENT')).id;
const refusedKey = async (PublicKey: Uint8Array) =>
  refused({ KeyId: await p256(), KeyAgreementAlgorithm: 'ECDH', PublicKey });

function compressed(): Buffer {
  const y = p256Key.at(-1) ?? 0;
  const point = Buffer.concat([Buffer.from([2 + (y & 1)]), p256Key.subarray(-64, -32)]);
  const bitString = Buffer.concat([Buffer.from([3, point.length + 1, 0]), point]);
  const algorithm = p256Key.subarray(2, 2 + 2 + (p256Key[3] ?? 0));
  return Buffer.concat([Buffer.from([0x30, algorithm.length + bitString.length]), algorithm, bitString]);
}

/** P-256 as domain parameters instead of by its name: a known way to slip in another curve's. */
const explicitCurve = () =>
  spki(generateKeyPairSync('ec', { namedCurve: 'prime256v1', paramEncoding: 'explicit' }).publicKey);

describe('DeriveSharedSecret refuses, without a message,', () => {
  it.each([
    ['a key on P-384', () => ecKey('secp384r1')],
    ['a key on P-521', () => ecKey('secp521r1')],
    ['a key on secp256k1, whose size is the same', () => ecKey('secp256k1')],
    ['a key on brainpoolP256r1, whose size is the same', () => ecKey('brainpoolP256r1')],
    ['an RSA key', () => spki(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey)],
    ['an X25519 key', () => spki(generateKeyPairSync('x25519').publicKey)],
    ['an Ed25519 key', () => spki(generateKeyPairSync('ed25519').publicKey)],
    ['a key whose curve is given by its parameters', explicitCurve],
    ['a point that is not on the curve', () => flipBit(p256Key, p256Key.length - 1)],
    ['the point (0, 0)', () => withPoint(Buffer.concat([Buffer.from([4]), Buffer.alloc(64)]))],
    [
      'coordinates above the prime',
      () => withPoint(Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 0xff)])),
    ],
    ['a point of another form', () => withPoint(Buffer.concat([Buffer.from([6]), p256Key.subarray(-64)]))],
    ['a compressed point', compressed],
    [
      'the point at infinity',
      () => Buffer.from('3019301306072a8648ce3d020106082a8648ce3d03010703020000', 'hex'),
    ],
    ['one byte', () => Buffer.from([0x30])],
    ['bytes that are no DER', () => Buffer.alloc(91, 0x41)],
    ['a key with bytes after it', () => Buffer.concat([p256Key, Buffer.from([0])])],
    ['a key that lacks its end', () => p256Key.subarray(0, -1)],
    ['a point without its SubjectPublicKeyInfo', () => p256Key.subarray(-65)],
    ['8,192 bytes of nothing', () => Buffer.alloc(8192)],
    [
      'a key as PEM',
      () =>
        Buffer.from(`-----BEGIN PUBLIC KEY-----\n${p256Key.toString('base64')}\n-----END PUBLIC KEY-----\n`),
    ],
  ])('%s as the public key of a P-256 key', async (_what, publicKey) => {
    expect(await refusedKey(publicKey())).toEqual(unusable);
  });

  it.each(['ECC_NIST_P384', 'ECC_NIST_P521'] as const)(
    'a key on P-256 as the public key of a key of %s',
    async (spec) => {
      const { id: KeyId } = await keys.key(spec, 'KEY_AGREEMENT');
      expect(await refused({ KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey: p256Key })).toEqual(unusable);
    },
  );

  it('a private key in the place of the public one', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    expect(await refusedKey(privateKey.export({ format: 'der', type: 'pkcs8' }))).toEqual(unusable);
  });
});

describe('DeriveSharedSecret refuses', () => {
  it.each<readonly [KeySpec, KeyUsageType]>([
    ['SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT'],
    ['RSA_2048', 'ENCRYPT_DECRYPT'],
    ['RSA_2048', 'SIGN_VERIFY'],
    ['ECC_NIST_P256', 'SIGN_VERIFY'],
    ['ECC_SECG_P256K1', 'SIGN_VERIFY'],
    ['HMAC_256', 'GENERATE_VERIFY_MAC'],
    ['ML_DSA_65', 'SIGN_VERIFY'],
    ['ML_KEM_768', 'ENCAPSULATE_DECAPSULATE'],
  ])('a key of %s for %s with InvalidKeyUsageException', async (spec, usage) => {
    const { id: KeyId, arn } = await keys.key(spec, usage);
    expect(await refused({ KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey: p256Key })).toEqual(
      refusal(
        'InvalidKeyUsageException',
        `${arn} key usage is ${usage} which is not valid for DeriveSharedSecret.`,
      ),
    );
  });

  it('an algorithm that there is not, and none, with ValidationException', async () => {
    const KeyId = await p256();
    const named = (KeyAgreementAlgorithm: string | undefined) =>
      refused({
        KeyId,
        KeyAgreementAlgorithm: KeyAgreementAlgorithm as KeyAgreementAlgorithmSpec,
        PublicKey: p256Key,
      });
    expect(await named('X25519')).toEqual(
      constraintRefusal(
        "Value 'X25519' at 'keyAgreementAlgorithm' failed to satisfy constraint: Member must satisfy enum value set: [ECDH]",
      ),
    );
    expect(await named(undefined)).toEqual(
      constraintRefusal(
        "Value null at 'keyAgreementAlgorithm' failed to satisfy constraint: Member must not be null",
      ),
    );
  });

  it('an empty public key and one of 8,193 bytes with ValidationException', async () => {
    const constraint = (text: string) =>
      constraintRefusal(`Value at 'publicKey' failed to satisfy constraint: Member must have length ${text}`);
    expect(await refusedKey(Buffer.alloc(0))).toEqual(constraint('greater than or equal to 1'));
    expect(await refusedKey(Buffer.alloc(8193))).toEqual(constraint('less than or equal to 8192'));
  });
});
