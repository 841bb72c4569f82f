import { SignCommand, VerifyCommand } from '@aws-sdk/client-kms';
import { constants, createHash, type KeyObject, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { membersOf } from '../kms/kms-under-test.ts';
import { hashOf, signingCases } from './key-kinds.ts';
import { useKeys } from './keys-under-test.ts';

const keys = useKeys();
const Message = Buffer.from('a message');
const hashing = signingCases.filter(
  ({ KeySpec }) => !KeySpec.startsWith('ML_') && !KeySpec.endsWith('25519'),
);

/** How many bytes a signature has: "Sign", KMS API Reference; DER's integers are as long as their values. */
const signatureBytes: Readonly<Record<string, readonly [number, number]>> = {
  RSA_2048: [256, 256],
  RSA_3072: [384, 384],
  RSA_4096: [512, 512],
  ECC_NIST_P256: [60, 72],
  ECC_NIST_P384: [90, 104],
  ECC_NIST_P521: [125, 139],
  ECC_SECG_P256K1: [60, 72],
};

/** What node:crypto says of a signature; it knows nothing of the server's code. */
function nodeVerifies(algorithm: string, key: KeyObject, message: Buffer, signature: Buffer): boolean {
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  return verify(hashOf(algorithm), message, { key, ...(algorithm.includes('PSS') ? pss : {}) }, signature);
}

const digestOf = (algorithm: string, message: Buffer) =>
  createHash(hashOf(algorithm)).update(message).digest();

describe.each(hashing)('$SigningAlgorithm with $KeySpec', ({ KeySpec, SigningAlgorithm }) => {
  it('signs a message; Verify and node:crypto take the signature', async () => {
    const key = await keys.key(KeySpec, 'SIGN_VERIFY');
    const reply = await keys.client.send(new SignCommand({ KeyId: key.id, Message, SigningAlgorithm }));
    const { Signature, ...rest } = membersOf(reply);
    expect(rest).toEqual({ KeyId: key.arn, SigningAlgorithm });
    const [least, most] = signatureBytes[KeySpec] ?? [0, 0];
    expect(Signature?.length).toBeGreaterThanOrEqual(least);
    expect(Signature?.length).toBeLessThanOrEqual(most);
    const verified = new VerifyCommand({ KeyId: key.id, Message, Signature, SigningAlgorithm });
    expect(membersOf(await keys.client.send(verified))).toEqual({
      KeyId: key.arn,
      SignatureValid: true,
      SigningAlgorithm,
    });
    const publicKey = await keys.publicKey(key);
    expect(nodeVerifies(SigningAlgorithm, publicKey, Message, Buffer.from(Signature ?? []))).toBe(true);
  });

  it('signs the same whether it is given the message or its digest', async () => {
    const { id: KeyId } = await keys.key(KeySpec, 'SIGN_VERIFY');
    const raw = { KeyId, Message, SigningAlgorithm };
    const digest = { ...raw, Message: digestOf(SigningAlgorithm, Message), MessageType: 'DIGEST' } as const;
    const [ofMessage, ofDigest] = [await keys.sign({ ...raw, MessageType: 'RAW' }), await keys.sign(digest)];
    for (const Signature of [ofMessage, ofDigest]) {
      expect(await keys.verify({ ...raw, Signature })).toBe(true);
      expect(await keys.verify({ ...digest, Signature })).toBe(true);
    }
    if (SigningAlgorithm.includes('PKCS1')) expect(ofDigest).toEqual(ofMessage);
    else expect(ofDigest).not.toEqual(ofMessage);
  });

  it('hashes a digest again that is given as a message', async () => {
    const { id: KeyId } = await keys.key(KeySpec, 'SIGN_VERIFY');
    const digest = digestOf(SigningAlgorithm, Message);
    const Signature = await keys.sign({ KeyId, Message: digest, MessageType: 'RAW', SigningAlgorithm });
    const twice = digestOf(SigningAlgorithm, digest);
    expect(
      await keys.verify({ KeyId, Message: twice, MessageType: 'DIGEST', Signature, SigningAlgorithm }),
    ).toBe(true);
  });

  it('signs messages of one byte and of 4,096 bytes', async () => {
    const key = await keys.key(KeySpec, 'SIGN_VERIFY');
    const publicKey = await keys.publicKey(key);
    for (const length of [1, 4096]) {
      const message = Buffer.alloc(length, 7);
      const signature = await keys.sign({ KeyId: key.arn, Message: message, SigningAlgorithm });
      expect(nodeVerifies(SigningAlgorithm, publicKey, message, signature)).toBe(true);
    }
  });
});

describe('an ECDSA signature', () => {
  it('is another one every time, and its s is not made small', async () => {
    const { id: KeyId } = await keys.key('ECC_SECG_P256K1', 'SIGN_VERIFY');
    const digest = { KeyId, Message: digestOf('SHA_256', Message), MessageType: 'DIGEST' } as const;
    const signatures = await Promise.all(
      Array.from({ length: 64 }, (_, at) =>
        keys.sign({
          ...(at % 2 === 0 ? { KeyId, Message } : digest),
          SigningAlgorithm: 'ECDSA_SHA_256',
        }),
      ),
    );
    expect(new Set(signatures.map((signature) => signature.toString('hex'))).size).toBe(64);
    // With a random s the chance that all 32 of one kind are small is one in 2^32.
    const isLarge = (signature: Buffer) => {
      const s = signature.subarray(-32);
      return signature[signature.length - 33] === 0 && (s[0] ?? 0) >= 0x80;
    };
    for (const parity of [0, 1])
      expect(signatures.filter((_, at) => at % 2 === parity).some(isLarge)).toBe(true);
  });
});
