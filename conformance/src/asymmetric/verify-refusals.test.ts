import { VerifyCommand, type VerifyCommandInput } from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { constraintRefusal, refusal } from '../kms/kms-under-test.ts';
import { signingCases } from './key-kinds.ts';
import { flipBit, useKeys } from './keys-under-test.ts';

const keys = useKeys();
const Message = Buffer.from('a message');
const small = signingCases.filter(({ KeySpec }) => KeySpec !== 'RSA_3072' && KeySpec !== 'RSA_4096');

const digest = { Message: Buffer.alloc(64, 7), MessageType: 'DIGEST' } as const;

const invalidSignature = refusal('KMSInvalidSignatureException', '');
const refusedVerify = (input: VerifyCommandInput) => refusalOf(keys.client.send(new VerifyCommand(input)));

describe.each(small)('Verify of $SigningAlgorithm with $KeySpec refuses', ({ KeySpec, SigningAlgorithm }) => {
  const takesDigests = SigningAlgorithm === 'ED25519_PH_SHA_512';
  const signed = async () => {
    const { id: KeyId } = await keys.key(KeySpec, 'SIGN_VERIFY');
    const request = { KeyId, ...(takesDigests ? digest : { Message }), SigningAlgorithm };
    return { request, signature: await keys.sign(request) };
  };

  it('a signature that was changed, cut, lengthened or replaced, without a message', async () => {
    const { request, signature } = await signed();
    const changed = [0, Math.trunc(signature.length / 2), signature.length - 1].map((place) =>
      flipBit(signature, place),
    );
    const others = [
      signature.subarray(0, -1),
      signature.subarray(1),
      signature.subarray(0, 1),
      Buffer.concat([signature, Buffer.from([0])]),
      Buffer.concat([Buffer.from([0]), signature]),
      Buffer.alloc(signature.length),
      Buffer.alloc(signature.length, 0xff),
      Buffer.alloc(6144, 1),
    ];
    for (const wrong of [...changed, ...others])
      expect(await refusedVerify({ ...request, Signature: wrong })).toEqual(invalidSignature);
  });

  it('the signature of another message, and that of another key', async () => {
    const { request, signature } = await signed();
    const another = { ...request, Message: Buffer.alloc(64, 8), Signature: signature };
    expect(await refusedVerify(another)).toEqual(invalidSignature);
    const { id: KeyId } = await keys.key(KeySpec, 'SIGN_VERIFY', 'another');
    expect(await refusedVerify({ ...request, KeyId, Signature: signature })).toEqual(invalidSignature);
  });

  it('a signature by the other algorithms of the key', async () => {
    const { request, signature } = await signed();
    const others = small.filter(
      (one) => one.KeySpec === KeySpec && one.SigningAlgorithm !== SigningAlgorithm,
    );
    for (const other of others) {
      // Where the types of message differ the refusal is another one, and the tests of those algorithms say which.
      if (other.SigningAlgorithm.startsWith('ED25519')) continue;
      expect(
        await refusedVerify({
          ...request,
          SigningAlgorithm: other.SigningAlgorithm,
          Signature: signature,
        }),
      ).toEqual(invalidSignature);
    }
  });
});

describe('Verify refuses', () => {
  it('a signature longer than 6,144 bytes and an empty one with ValidationException', async () => {
    const { id: KeyId } = await keys.key('ECC_NIST_P256', 'SIGN_VERIFY');
    const sized = (length: number) =>
      refusedVerify({
        KeyId,
        Message,
        SigningAlgorithm: 'ECDSA_SHA_256',
        Signature: Buffer.alloc(length),
      });
    const constraint = (text: string) =>
      constraintRefusal(`Value at 'signature' failed to satisfy constraint: Member must have length ${text}`);
    expect(await sized(6145)).toEqual(constraint('less than or equal to 6144'));
    expect(await sized(0)).toEqual(constraint('greater than or equal to 1'));
  });

  it.each([
    ['RAW', Message],
    ['DIGEST', Buffer.alloc(32, 5)],
  ] as const)('an ECDSA signature of another encoding, of a message given as %s', async (type, message) => {
    const { id: KeyId } = await keys.key('ECC_NIST_P256', 'SIGN_VERIFY');
    const request = {
      KeyId,
      Message: message,
      MessageType: type,
      SigningAlgorithm: 'ECDSA_SHA_256',
    } as const;
    const der = await keys.sign(request);
    const r = der.subarray(4, 4 + (der[3] ?? 0));
    const s = der.subarray(6 + r.length);
    const field = (value: Buffer) => Buffer.concat([Buffer.alloc(32), value]).subarray(-32);
    const raw = Buffer.concat([field(r), field(s)]);
    const integer = (value: Buffer) => Buffer.concat([Buffer.from([2, value.length]), value]);
    const padded = Buffer.concat([integer(Buffer.concat([Buffer.from([0]), r])), integer(s)]);
    const needless = Buffer.concat([Buffer.from([0x30, padded.length]), padded]);
    const longForm = Buffer.concat([Buffer.from([0x30, 0x81]), der.subarray(1)]);
    const zero = Buffer.from([0x30, 6, 2, 1, 0, 2, 1, 0]);
    for (const Signature of [raw, needless, longForm, zero]) {
      expect(await refusedVerify({ ...request, Signature })).toEqual(invalidSignature);
    }
  });

  it('an RSA signature of which the modulus was added or which is the modulus itself', async () => {
    const key = await keys.key('RSA_2048', 'SIGN_VERIFY');
    const modulus = Buffer.from(
      ((await keys.publicKey(key)).export({ format: 'jwk' }) as { n: string }).n,
      'base64url',
    );
    const request = { KeyId: key.id, Message, SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256' } as const;
    const number = (bytes: Buffer) => BigInt(`0x${bytes.toString('hex')}`);
    const wrong = [modulus];
    const sum = number(await keys.sign(request)) + number(modulus);
    if (sum < 1n << 2048n) wrong.push(Buffer.from(sum.toString(16).padStart(512, '0'), 'hex'));
    for (const Signature of wrong) {
      expect(await refusedVerify({ ...request, Signature })).toEqual(invalidSignature);
    }
  });
});
