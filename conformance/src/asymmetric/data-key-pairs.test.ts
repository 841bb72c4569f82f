import {
  type DataKeyPairSpec,
  DescribeKeyCommand,
  GenerateDataKeyPairCommand,
  GenerateDataKeyPairWithoutPlaintextCommand,
} from '@aws-sdk/client-kms';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { membersOf } from '../kms/kms-under-test.ts';
import { bytes, useKeys } from './keys-under-test.ts';

const keys = useKeys();

/** What each pair is, by Node's names. */
const pairs: readonly (readonly [DataKeyPairSpec, string, object])[] = [
  ['RSA_2048', 'rsa', { modulusLength: 2048 }],
  ['RSA_3072', 'rsa', { modulusLength: 3072 }],
  ['RSA_4096', 'rsa', { modulusLength: 4096 }],
  ['ECC_NIST_P256', 'ec', { namedCurve: 'prime256v1' }],
  ['ECC_NIST_P384', 'ec', { namedCurve: 'secp384r1' }],
  ['ECC_NIST_P521', 'ec', { namedCurve: 'secp521r1' }],
  ['ECC_SECG_P256K1', 'ec', { namedCurve: 'secp256k1' }],
  ['ECC_NIST_EDWARDS25519', 'ed25519', {}],
  ['ML_KEM_512', 'ml-kem-512', {}],
  ['ML_KEM_768', 'ml-kem-768', {}],
  ['ML_KEM_1024', 'ml-kem-1024', {}],
];

const EncryptionContext = { purpose: 'test' };
const symmetric = () => keys.key('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT');
const publicOf = (pkcs8: Buffer) =>
  createPublicKey(createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }));
const materialOf = async (KeyId: string) =>
  (await keys.client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.CurrentKeyMaterialId;

describe.each(pairs)('a data key pair of %s', (KeyPairSpec, type, details) => {
  it('is a PKCS #8 private key and the public key that belongs to it', async () => {
    const { id: KeyId, arn } = await symmetric();
    const reply = await keys.client.send(new GenerateDataKeyPairCommand({ KeyId, KeyPairSpec }));
    const { PrivateKeyPlaintext, PublicKey, PrivateKeyCiphertextBlob, ...rest } = membersOf(reply);
    expect(rest).toEqual({ KeyId: arn, KeyPairSpec, KeyMaterialId: await materialOf(KeyId) });
    const publicKey = publicOf(bytes(PrivateKeyPlaintext));
    expect(publicKey.asymmetricKeyType).toBe(type);
    expect(publicKey.asymmetricKeyDetails).toMatchObject(details);
    expect(publicKey.export({ format: 'der', type: 'spki' })).toEqual(bytes(PublicKey));
    expect(bytes(PrivateKeyCiphertextBlob).includes(bytes(PrivateKeyPlaintext).subarray(-32))).toBe(false);
  });

  it('has a private key that Decrypt opens under the same encryption context', async () => {
    const { id: KeyId } = await symmetric();
    const request = new GenerateDataKeyPairCommand({ KeyId, KeyPairSpec, EncryptionContext });
    const { PrivateKeyPlaintext, PrivateKeyCiphertextBlob } = await keys.client.send(request);
    const CiphertextBlob = bytes(PrivateKeyCiphertextBlob);
    expect(await keys.decrypt({ CiphertextBlob, EncryptionContext })).toEqual(bytes(PrivateKeyPlaintext));
  });

  it('comes without the private key in clear where that is asked for', async () => {
    const { id: KeyId, arn } = await symmetric();
    const reply = await keys.client.send(
      new GenerateDataKeyPairWithoutPlaintextCommand({ KeyId, KeyPairSpec, EncryptionContext }),
    );
    const { PublicKey, PrivateKeyCiphertextBlob, ...rest } = membersOf(reply);
    expect(rest).toEqual({ KeyId: arn, KeyPairSpec, KeyMaterialId: await materialOf(KeyId) });
    const opened = await keys.decrypt({ CiphertextBlob: bytes(PrivateKeyCiphertextBlob), EncryptionContext });
    expect(publicOf(opened).export({ format: 'der', type: 'spki' })).toEqual(bytes(PublicKey));
  });

  it('is another one every time', async () => {
    const { id: KeyId } = await symmetric();
    const one = async () =>
      bytes((await keys.client.send(new GenerateDataKeyPairCommand({ KeyId, KeyPairSpec }))).PublicKey);
    const some = await Promise.all([one(), one(), one()]);
    expect(new Set(some.map((key) => key.toString('hex'))).size).toBe(3);
  });
});
