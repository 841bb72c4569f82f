import { SignCommand, type SignCommandInput, VerifyCommand } from '@aws-sdk/client-kms';
import { createHash, verify } from 'node:crypto';
import { refusalOf } from '@keyhaven/testkit';
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js';
import { describe, expect, it } from 'vitest';
import { refusal } from '../kms/kms-under-test.ts';
import { type TestKey, useKeys } from './keys-under-test.ts';

const keys = useKeys();
const Message = Buffer.from('a message');
const SigningAlgorithm = 'ML_DSA_SHAKE_256';
const external = { SigningAlgorithm, MessageType: 'EXTERNAL_MU' } as const;

/** The sizes of FIPS 204, table 2, in bytes. */
const specs = [
  { KeySpec: 'ML_DSA_44', publicBytes: 1312, signatureBytes: 2420, other: ml_dsa44 },
  { KeySpec: 'ML_DSA_65', publicBytes: 1952, signatureBytes: 3309, other: ml_dsa65 },
  { KeySpec: 'ML_DSA_87', publicBytes: 2592, signatureBytes: 4627, other: ml_dsa87 },
] as const;

const shake256 = (...parts: readonly Uint8Array[]) =>
  createHash('shake256', { outputLength: 64 }).update(Buffer.concat(parts)).digest();

/** The message representative of FIPS 204, algorithm 7, line 6, with an empty context (algorithm 2, line 10). */
const messageRepresentative = (
  publicKey: Uint8Array,
  message: Uint8Array,
  prefix: readonly number[] = [0, 0],
) => shake256(shake256(publicKey), Buffer.from(prefix), message);

const invalidSignature = refusal('KMSInvalidSignatureException', '');

describe.each(specs)('ML_DSA_SHAKE_256 with $KeySpec', ({ KeySpec, publicBytes, signatureBytes, other }) => {
  const key = () => keys.key(KeySpec, 'SIGN_VERIFY');
  const rawPublicKey = async (of: TestKey) => (await keys.publicDer(of)).subarray(-publicBytes);
  const refusedAlike = async (input: SignCommandInput) => {
    const found = await refusalOf(keys.client.send(new SignCommand(input)));
    const verifying = new VerifyCommand({ ...input, Signature: Buffer.alloc(signatureBytes) });
    expect(await refusalOf(keys.client.send(verifying))).toEqual(found);
    return found;
  };

  it('is ML-DSA of FIPS 204: node:crypto and another implementation take the signature', async () => {
    const mine = await key();
    for (const message of [Message, Buffer.alloc(4096, 7)]) {
      const signature = await keys.sign({ KeyId: mine.id, Message: message, SigningAlgorithm });
      expect(signature).toHaveLength(signatureBytes);
      expect(verify(null, message, await keys.publicKey(mine), signature)).toBe(true);
      expect(other.verify(signature, message, await rawPublicKey(mine))).toBe(true);
      expect(other.verify(signature, Buffer.from('another'), await rawPublicKey(mine))).toBe(false);
      const request = { KeyId: mine.id, Message: message, Signature: signature, SigningAlgorithm } as const;
      expect(await keys.verify(request)).toBe(true);
    }
  });

  it('signs the same whether it is given the message or its representative mu', async () => {
    const mine = await key();
    const KeyId = mine.id;
    const mu = messageRepresentative(await rawPublicKey(mine), Message);
    const ofMu = await keys.sign({ KeyId, Message: mu, ...external });
    const ofMessage = await keys.sign({ KeyId, Message, SigningAlgorithm });
    expect(other.verify(ofMu, Message, await rawPublicKey(mine))).toBe(true);
    for (const Signature of [ofMu, ofMessage]) {
      expect(await keys.verify({ KeyId, Message, Signature, SigningAlgorithm })).toBe(true);
      expect(await keys.verify({ KeyId, Message: mu, Signature, ...external })).toBe(true);
    }
  });

  it('takes no mu that was computed with a context or with another public key', async () => {
    const mine = await key();
    const Signature = await keys.sign({ KeyId: mine.id, Message, SigningAlgorithm });
    const publicKey = await rawPublicKey(mine);
    const wrong = [
      messageRepresentative(publicKey, Message, [0, 1, 0x41]),
      messageRepresentative(publicKey, Message, [1, 0]),
      messageRepresentative(publicKey, Message, []),
      messageRepresentative(Buffer.alloc(publicBytes), Message),
    ];
    for (const mu of wrong) {
      const request = new VerifyCommand({ KeyId: mine.id, Message: mu, Signature, ...external });
      expect(await refusalOf(keys.client.send(request))).toEqual(invalidSignature);
    }
  });

  it('refuses a mu that has not 64 bytes with ValidationException', async () => {
    const { id: KeyId } = await key();
    for (const length of [1, 32, 63, 65, 4096]) {
      expect(await refusedAlike({ KeyId, Message: Buffer.alloc(length), ...external })).toEqual(
        refusal('ValidationException', 'Digest is invalid length for algorithm ML_DSA_SHAKE_256.'),
      );
    }
  });

  it('refuses a digest with ValidationException', async () => {
    const { id: KeyId } = await key();
    const digest = { KeyId, Message: Buffer.alloc(64), MessageType: 'DIGEST', SigningAlgorithm } as const;
    expect(await refusedAlike(digest)).toEqual(
      refusal('ValidationException', 'MessageType DIGEST is not supported for algorithm ML_DSA_SHAKE_256.'),
    );
  });

  it('refuses the signature of another parameter set, without a message', async () => {
    const { id: KeyId } = await key();
    for (const { signatureBytes: length } of specs) {
      const Signature = Buffer.alloc(length, 1);
      const request = new VerifyCommand({ KeyId, Message, Signature, SigningAlgorithm });
      expect(await refusalOf(keys.client.send(request))).toEqual(invalidSignature);
    }
  });
});
