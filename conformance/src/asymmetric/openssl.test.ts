import {
  type DataKeyPairSpec,
  DeriveSharedSecretCommand,
  GenerateDataKeyPairCommand,
} from '@aws-sdk/client-kms';
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { asymmetricKinds, hashOf, kindsFor, signingCases } from './key-kinds.ts';
import { bytes, useKeys } from './keys-under-test.ts';
import { hasOpenSsl, openssl, signatureOptions } from './openssl.ts';

/** What OpenSSL 3.0, the oldest one that is still maintained, knows of. */
const isKnown = ({ KeySpec }: { readonly KeySpec: string }) => !KeySpec.startsWith('ML_');
const hashing = signingCases.filter((one) => isKnown(one) && !one.KeySpec.endsWith('25519'));
const agreeing = { ECC_NIST_P256: 'prime256v1', ECC_NIST_P384: 'secp384r1', ECC_NIST_P521: 'secp521r1' };
const oaepHashes = { RSAES_OAEP_SHA_1: 'sha1', RSAES_OAEP_SHA_256: 'sha256' } as const;
const encrypting = kindsFor('ENCRYPT_DECRYPT').flatMap(({ KeySpec }) =>
  (['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'] as const).map((algorithm) => ({ KeySpec, algorithm })),
);

describe.skipIf(!hasOpenSsl)("OpenSSL's command line", () => {
  const keys = useKeys();

  it.each(asymmetricKinds.filter(isKnown))(
    'reads the public key of $KeySpec for $KeyUsage, and writes it alike',
    async ({ KeySpec, KeyUsage }) => {
      const der = await keys.publicDer(await keys.key(KeySpec, KeyUsage));
      const args = ['pkey', '-pubin', '-inform', 'DER', '-in', 'key', '-pubout', '-outform', 'DER'];
      const { ok, out } = await openssl([...args, '-out', 'out'], { key: der });
      expect(ok).toBe(true);
      expect(out.equals(der)).toBe(true);
    },
  );

  it.each(hashing)(
    'takes a signature by $SigningAlgorithm with $KeySpec, of that message only',
    async ({ KeySpec, SigningAlgorithm }) => {
      const key = await keys.key(KeySpec, 'SIGN_VERIFY');
      const message = Buffer.from('a message');
      const signature = await keys.sign({ KeyId: key.id, Message: message, SigningAlgorithm });
      const digest = `-${hashOf(SigningAlgorithm)}`;
      const options = ['-keyform', 'DER', ...signatureOptions(SigningAlgorithm), '-signature', 'signature'];
      const files = {
        message,
        other: Buffer.from('another message'),
        signature,
        key: await keys.publicDer(key),
      };
      const check = (name: string) => openssl(['dgst', digest, '-verify', 'key', ...options, name], files);
      expect(await check('message')).toMatchObject({ ok: true, text: 'Verified OK\n' });
      expect((await check('other')).ok).toBe(false);
    },
  );

  it.each(encrypting)(
    'encrypts by $algorithm for $KeySpec what Decrypt opens',
    async ({ KeySpec, algorithm }) => {
      const key = await keys.key(KeySpec, 'ENCRYPT_DECRYPT');
      const text = Buffer.from('from the command line');
      const hash = oaepHashes[algorithm];
      const padding = ['rsa_padding_mode:oaep', `rsa_oaep_md:${hash}`, `rsa_mgf1_md:${hash}`];
      const args = ['pkeyutl', '-encrypt', '-pubin', '-keyform', 'DER', '-inkey', 'key', '-in', 'text'];
      const { ok, out: CiphertextBlob } = await openssl(
        [...args, '-out', 'out', ...padding.flatMap((option) => ['-pkeyopt', option])],
        { key: await keys.publicDer(key), text },
      );
      expect(ok).toBe(true);
      const opened = { KeyId: key.id, CiphertextBlob, EncryptionAlgorithm: algorithm };
      expect(await keys.decrypt(opened)).toEqual(text);
    },
  );

  it.each(kindsFor('KEY_AGREEMENT'))('derives the secret that $KeySpec derives', async ({ KeySpec }) => {
    const mine = await keys.key(KeySpec, 'KEY_AGREEMENT');
    const { publicKey: PublicKey, privateKey } = generateKeyPairSync('ec', {
      namedCurve: agreeing[KeySpec as keyof typeof agreeing],
      publicKeyEncoding: { format: 'der', type: 'spki' },
      privateKeyEncoding: { format: 'der', type: 'pkcs8' },
    });
    const args = ['pkeyutl', '-derive', '-keyform', 'DER', '-inkey', 'mine', '-peerform', 'DER'];
    const files = { mine: privateKey, peer: await keys.publicDer(mine) };
    const { ok, out } = await openssl([...args, '-peerkey', 'peer', '-out', 'out'], files);
    expect(ok).toBe(true);
    const command = new DeriveSharedSecretCommand({
      KeyId: mine.id,
      KeyAgreementAlgorithm: 'ECDH',
      PublicKey,
    });
    expect(bytes((await keys.client.send(command)).SharedSecret)).toEqual(out);
  });

  const pairs: readonly DataKeyPairSpec[] = [
    ...(['RSA_2048', 'RSA_3072', 'RSA_4096', 'ECC_NIST_P256', 'ECC_NIST_P384'] as const),
    ...(['ECC_NIST_P521', 'ECC_SECG_P256K1'] as const),
  ];
  it.each(pairs)('finds the private key of a data key pair of %s sound', async (KeyPairSpec) => {
    const { id: KeyId } = await keys.key('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT');
    const { PrivateKeyPlaintext } = await keys.client.send(
      new GenerateDataKeyPairCommand({ KeyId, KeyPairSpec }),
    );
    const files = { key: bytes(PrivateKeyPlaintext) };
    const { ok, text } = await openssl(['pkey', '-inform', 'DER', '-in', 'key', '-check', '-noout'], files);
    expect({ ok, text }).toEqual({ ok: true, text: 'Key is valid\n' });
  });
});
