import {
  DeriveSharedSecretCommand,
  GenerateMacCommand,
  type SigningAlgorithmSpec,
  VerifyCommand,
  VerifyMacCommand,
} from '@aws-sdk/client-kms';
import { constants, createHash, publicEncrypt, verify } from 'node:crypto';
import fc from 'fast-check';
import { refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { refusal } from '../kms/kms-under-test.ts';
import { hashOf } from './key-kinds.ts';
import { bytes, flipBit, useKeys } from './keys-under-test.ts';

const keys = useKeys();
const message = fc.uint8Array({ minLength: 1, maxLength: 4096, size: 'max' });
const short = fc.uint8Array({ minLength: 1, maxLength: 64 });
/** A bit of something, wherever that is long enough. */
const place = fc.record({ byte: fc.nat(), bit: fc.nat({ max: 7 }) });
const runs = (numRuns: number) => ({ numRuns });
const invalidSignature = refusal('KMSInvalidSignatureException', '');

const signers = [
  ['RSA_2048', 'RSASSA_PSS_SHA_384'],
  ['RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_256'],
  ['ECC_NIST_P256', 'ECDSA_SHA_256'],
  ['ECC_NIST_P521', 'ECDSA_SHA_512'],
  ['ECC_SECG_P256K1', 'ECDSA_SHA_256'],
] as const;
const exact = [
  ...signers,
  ['ECC_NIST_EDWARDS25519', 'ED25519_SHA_512'],
  ['ML_DSA_44', 'ML_DSA_SHAKE_256'],
] as const;

/** The hash that node:crypto is to use, and how; the newer algorithms bring theirs. */
function verification(algorithm: SigningAlgorithmSpec): readonly [string | null, object] {
  if (algorithm.startsWith('ED25519') || algorithm.startsWith('ML_DSA')) return [null, {}];
  const isPss = algorithm.startsWith('RSASSA_PSS');
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  return [hashOf(algorithm), isPss ? { padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : {}];
}

describe.each(exact)('for any message, with %s and %s', (KeySpec, SigningAlgorithm) => {
  it('another implementation takes the signature, and Verify takes it for that message only', async () => {
    const key = await keys.key(KeySpec, 'SIGN_VERIFY');
    const publicKey = await keys.publicKey(key);
    const [hash, options] = verification(SigningAlgorithm);
    await fc.assert(
      fc.asyncProperty(message, place, async (Message, { byte, bit }) => {
        const Signature = await keys.sign({ KeyId: key.id, Message, SigningAlgorithm });
        expect(verify(hash, Message, { key: publicKey, ...options }, Signature)).toBe(true);
        const request = { KeyId: key.id, Signature, SigningAlgorithm };
        expect(await keys.verify({ ...request, Message })).toBe(true);
        const other = flipBit(Message, byte % Message.length, bit);
        expect(await refusalOf(keys.verify({ ...request, Message: other }))).toEqual(invalidSignature);
      }),
      runs(20),
    );
  });

  it('a signature with any bit changed is refused', async () => {
    const { id: KeyId } = await keys.key(KeySpec, 'SIGN_VERIFY');
    const request = { KeyId, Message: Buffer.from('a message'), SigningAlgorithm };
    const signature = await keys.sign(request);
    await fc.assert(
      fc.asyncProperty(place, async ({ byte, bit }) => {
        const Signature = flipBit(signature, byte % signature.length, bit);
        expect(await refusalOf(keys.verify({ ...request, Signature }))).toEqual(invalidSignature);
      }),
      runs(60),
    );
  });

  it('bytes that nobody signed are refused, and never as a fault of the service', async () => {
    const { id: KeyId } = await keys.key(KeySpec, 'SIGN_VERIFY');
    const request = { KeyId, Message: Buffer.from('a message'), SigningAlgorithm };
    const nonsense = fc.oneof(short, fc.uint8Array({ minLength: 256, maxLength: 256 }));
    await fc.assert(
      fc.asyncProperty(nonsense, async (Signature) => {
        const verifying = new VerifyCommand({ ...request, Signature });
        expect(await refusalOf(keys.client.send(verifying))).toEqual(invalidSignature);
      }),
      runs(40),
    );
  });
});

describe.each(signers)('for any message, with %s and %s', (KeySpec, SigningAlgorithm) => {
  it('the message and its digest have the same signatures', async () => {
    const { id: KeyId } = await keys.key(KeySpec, 'SIGN_VERIFY');
    await fc.assert(
      fc.asyncProperty(message, fc.boolean(), async (Message, isRaw) => {
        const digest = createHash(hashOf(SigningAlgorithm)).update(Message).digest();
        const raw = { KeyId, Message, SigningAlgorithm };
        const digested = { ...raw, Message: digest, MessageType: 'DIGEST' } as const;
        const Signature = await keys.sign(isRaw ? raw : digested);
        expect(await keys.verify({ ...(isRaw ? digested : raw), Signature })).toBe(true);
      }),
      runs(20),
    );
  });
});

describe('for any plaintext', () => {
  it('an RSA key opens what was encrypted elsewhere, and the service what it encrypted', async () => {
    const key = await keys.key('RSA_2048', 'ENCRYPT_DECRYPT');
    const publicKey = await keys.publicKey(key);
    const oaep = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
    const by = { KeyId: key.id, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' } as const;
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 190 }), async (plaintext) => {
        const offline = publicEncrypt({ key: publicKey, ...oaep }, plaintext);
        const online = await keys.encrypt({ ...by, Plaintext: plaintext });
        for (const CiphertextBlob of [offline, online])
          expect(await keys.decrypt({ ...by, CiphertextBlob })).toEqual(Buffer.from(plaintext));
      }),
      runs(25),
    );
  });

  it('an RSA ciphertext with any bit changed is refused, always in the same words', async () => {
    const { id: KeyId } = await keys.key('RSA_2048', 'ENCRYPT_DECRYPT');
    const by = { KeyId, EncryptionAlgorithm: 'RSAES_OAEP_SHA_1' } as const;
    const ciphertext = await keys.encrypt({ ...by, Plaintext: Buffer.from('a plaintext') });
    await fc.assert(
      fc.asyncProperty(place, async ({ byte, bit }) => {
        const CiphertextBlob = flipBit(ciphertext, byte % ciphertext.length, bit);
        expect(await refusalOf(keys.decrypt({ ...by, CiphertextBlob }))).toEqual(
          refusal('InvalidCiphertextException', ''),
        );
      }),
      runs(60),
    );
  });
});

describe('for any message and any MAC', () => {
  it('VerifyMac takes the MAC of that message and no other', async () => {
    const { id: KeyId } = await keys.key('HMAC_384', 'GENERATE_VERIFY_MAC');
    const by = { KeyId, MacAlgorithm: 'HMAC_SHA_384' } as const;
    await fc.assert(
      fc.asyncProperty(message, place, short, async (Message, { byte, bit }, nonsense) => {
        const mac = bytes((await keys.client.send(new GenerateMacCommand({ ...by, Message }))).Mac);
        const verifyMac = (Mac: Uint8Array) =>
          keys.client.send(new VerifyMacCommand({ ...by, Message, Mac }));
        expect((await verifyMac(mac)).MacValid).toBe(true);
        for (const wrong of [flipBit(mac, byte % mac.length, bit), nonsense])
          expect(await refusalOf(verifyMac(wrong))).toEqual(refusal('KMSInvalidMacException', ''));
      }),
      runs(40),
    );
  });
});

describe('for any bytes as a public key', () => {
  it('DeriveSharedSecret refuses them with ValidationException without a message', async () => {
    const key = await keys.key('ECC_NIST_P256', 'KEY_AGREEMENT');
    const own = await keys.publicDer(key);
    const changed = place.map(({ byte, bit }) => flipBit(own, byte % own.length, bit));
    const cut = fc.nat({ max: own.length - 2 }).map((length) => own.subarray(0, length + 1));
    await fc.assert(
      fc.asyncProperty(fc.oneof(changed, cut, short), async (PublicKey) => {
        const command = { KeyId: key.id, KeyAgreementAlgorithm: 'ECDH', PublicKey } as const;
        expect(await refusalOf(keys.client.send(new DeriveSharedSecretCommand(command)))).toEqual(
          refusal('ValidationException', ''),
        );
      }),
      runs(100),
    );
  });
});
