import {
  SignCommand,
  type SignCommandInput,
  VerifyCommand,
  type VerifyCommandInput,
} from '@aws-sdk/client-kms';
import { createHash, verify } from 'node:crypto';
import { refusalOf } from '@keyhaven/testkit';
import { ed25519, ed25519ph } from '@noble/curves/ed25519.js';
import { describe, expect, it } from 'vitest';
import { refusal } from '../kms/kms-under-test.ts';
import { type TestKey, useKeys } from './keys-under-test.ts';

const keys = useKeys();
const Message = Buffer.from('a message');
const digest = createHash('sha512').update(Message).digest();
const pure = { SigningAlgorithm: 'ED25519_SHA_512', MessageType: 'RAW' } as const;
const prehashed = { SigningAlgorithm: 'ED25519_PH_SHA_512', MessageType: 'DIGEST' } as const;

const key = (which = '') => keys.key('ECC_NIST_EDWARDS25519', 'SIGN_VERIFY', which);
/** The 32 bytes of RFC 8032, which a SubjectPublicKeyInfo ends with (RFC 8410, section 4). */
const rawPublicKey = async (of: TestKey) => (await keys.publicDer(of)).subarray(-32);

const invalid = (message: string) => refusal('ValidationException', message);
const invalidSignature = refusal('KMSInvalidSignatureException', '');
const refusedSign = (input: SignCommandInput) => refusalOf(keys.client.send(new SignCommand(input)));
const refusedVerify = (input: VerifyCommandInput) => refusalOf(keys.client.send(new VerifyCommand(input)));

describe('ED25519_SHA_512', () => {
  it('is Ed25519 of RFC 8032: node:crypto and another implementation take the signature', async () => {
    const mine = await key();
    for (const message of [Message, Buffer.alloc(1), Buffer.alloc(4096, 7)]) {
      const signature = await keys.sign({ KeyId: mine.id, Message: message, ...pure });
      expect(signature).toHaveLength(64);
      expect(verify(null, message, await keys.publicKey(mine), signature)).toBe(true);
      expect(ed25519.verify(signature, message, await rawPublicKey(mine))).toBe(true);
    }
  });

  it('signs the same every time, and Verify takes it', async () => {
    const { id: KeyId } = await key();
    const Signature = await keys.sign({ KeyId, Message, ...pure });
    expect(await keys.sign({ KeyId, Message, SigningAlgorithm: 'ED25519_SHA_512' })).toEqual(Signature);
    expect(await keys.verify({ KeyId, Message, Signature, ...pure })).toBe(true);
  });

  it.each(['DIGEST', 'EXTERNAL_MU'] as const)('refuses %s with ValidationException', async (MessageType) => {
    const { id: KeyId } = await key();
    const request = { KeyId, Message: digest, SigningAlgorithm: 'ED25519_SHA_512', MessageType } as const;
    const expected = invalid(`MessageType ${MessageType} is not supported for algorithm ED25519_SHA_512.`);
    expect(await refusedSign(request)).toEqual(expected);
    expect(await refusedVerify({ ...request, Signature: Buffer.alloc(64) })).toEqual(expected);
  });
});

describe('ED25519_PH_SHA_512', () => {
  it('is Ed25519ph of the digest, which it hashes again', async () => {
    const mine = await key();
    const signature = await keys.sign({ KeyId: mine.id, Message: digest, ...prehashed });
    const publicKey = await rawPublicKey(mine);
    expect(ed25519ph.verify(signature, digest, publicKey)).toBe(true);
    expect(ed25519ph.verify(signature, Message, publicKey)).toBe(false);
    const request = { KeyId: mine.id, Message: digest, Signature: signature, ...prehashed };
    expect(await keys.verify(request)).toBe(true);
  });

  it('refuses a digest that has not 64 bytes with ValidationException', async () => {
    const { id: KeyId } = await key();
    for (const length of [1, 32, 48, 63, 65, 4096]) {
      const request = { KeyId, Message: Buffer.alloc(length), ...prehashed };
      const expected = invalid('Digest is invalid length for algorithm ED25519_PH_SHA_512.');
      expect(await refusedSign(request)).toEqual(expected);
      expect(await refusedVerify({ ...request, Signature: Buffer.alloc(64) })).toEqual(expected);
    }
  });

  it.each([undefined, 'RAW', 'EXTERNAL_MU'] as const)(
    'refuses the message type %s with ValidationException',
    async (MessageType) => {
      const { id: KeyId } = await key();
      const request = {
        KeyId,
        Message: digest,
        SigningAlgorithm: 'ED25519_PH_SHA_512',
        MessageType,
      } as const;
      const expected = invalid(
        `MessageType ${MessageType ?? 'RAW'} is not supported for algorithm ED25519_PH_SHA_512.`,
      );
      expect(await refusedSign(request)).toEqual(expected);
      expect(await refusedVerify({ ...request, Signature: Buffer.alloc(64) })).toEqual(expected);
    },
  );
});

describe('Verify with an Ed25519 key refuses', () => {
  it('the signature of one algorithm as one of the other', async () => {
    const { id: KeyId } = await key();
    const [raw, ph] = [
      await keys.sign({ KeyId, Message: digest, ...pure }),
      await keys.sign({ KeyId, Message: digest, ...prehashed }),
    ];
    const crossed = [
      { KeyId, Message: digest, Signature: ph, ...pure },
      { KeyId, Message: digest, Signature: raw, ...prehashed },
    ];
    for (const request of crossed) expect(await refusedVerify(request)).toEqual(invalidSignature);
  });

  it('a signature whose S is not below the group order (RFC 8032, section 5.1.7)', async () => {
    const { id: KeyId } = await key();
    for (const request of [
      { KeyId, Message, ...pure },
      { KeyId, Message: digest, ...prehashed },
    ]) {
      const signature = await keys.sign(request);
      const S = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`);
      const moved = (S + ed25519.Point.Fn.ORDER).toString(16).padStart(64, '0');
      const Signature = Buffer.concat([signature.subarray(0, 32), Buffer.from(moved, 'hex').reverse()]);
      expect(await refusedVerify({ ...request, Signature })).toEqual(invalidSignature);
    }
  });
});
