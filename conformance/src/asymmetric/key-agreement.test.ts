import { DeriveSharedSecretCommand } from '@aws-sdk/client-kms';
import { createPrivateKey, diffieHellman, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { membersOf } from '../kms/kms-under-test.ts';
import { bytes, type TestKey, useKeys } from './keys-under-test.ts';

const keys = useKeys();

/** The curves, by Node's names, and how long a shared secret is: one coordinate. */
const curves = [
  { KeySpec: 'ECC_NIST_P256', namedCurve: 'prime256v1', length: 32 },
  { KeySpec: 'ECC_NIST_P384', namedCurve: 'secp384r1', length: 48 },
  { KeySpec: 'ECC_NIST_P521', namedCurve: 'secp521r1', length: 66 },
] as const;

async function derive({ id: KeyId }: TestKey, PublicKey: Uint8Array): Promise<Buffer> {
  const command = new DeriveSharedSecretCommand({ KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey });
  return bytes((await keys.client.send(command)).SharedSecret);
}

const newPair = (namedCurve: string) =>
  generateKeyPairSync('ec', {
    namedCurve,
    publicKeyEncoding: { format: 'der', type: 'spki' },
    privateKeyEncoding: { format: 'der', type: 'pkcs8' },
  });

describe.each(curves)('DeriveSharedSecret with $KeySpec', ({ KeySpec, namedCurve, length }) => {
  const key = (which = '') => keys.key(KeySpec, 'KEY_AGREEMENT', which);

  it('answers the raw X coordinate, with the origin of the key', async () => {
    const { id: KeyId, arn } = await key();
    const { publicKey: PublicKey } = newPair(namedCurve);
    const command = new DeriveSharedSecretCommand({ KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey });
    const { SharedSecret, ...rest } = membersOf(await keys.client.send(command));
    expect(SharedSecret).toHaveLength(length);
    expect(rest).toEqual({ KeyId: arn, KeyAgreementAlgorithm: 'ECDH', KeyOrigin: 'AWS_KMS' });
  });

  it('agrees with node:crypto about the secret', async () => {
    const mine = await key();
    const { publicKey, privateKey } = newPair(namedCurve);
    const theirs = diffieHellman({
      privateKey: createPrivateKey({ key: privateKey, format: 'der', type: 'pkcs8' }),
      publicKey: await keys.publicKey(mine),
    });
    expect(await derive(mine, publicKey)).toEqual(theirs);
  });

  it('derives the same secret from either side of two KMS keys, every time', async () => {
    const [first, second] = await Promise.all([key(), key('another')]);
    const [a, b] = await Promise.all([keys.publicDer(first), keys.publicDer(second)]);
    const secret = await derive(first, b);
    expect(await derive(second, a)).toEqual(secret);
    expect(await derive(first, b)).toEqual(secret);
    expect(await derive(first, a)).not.toEqual(secret);
  });
});
