import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DecryptCommand,
  DeriveSharedSecretCommand,
  type EncryptionAlgorithmSpec,
  GenerateMacCommand,
  GetPublicKeyCommand,
  type KeySpec,
  type KeyUsageType,
  type KMSClient,
  type MacAlgorithmSpec,
  type MessageType,
  SignCommand,
  type SigningAlgorithmSpec,
  VerifyCommand,
} from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { useKms } from '../kms/kms-under-test.ts';
import { createExternalKey, getParameters, sendMaterial } from './importing.ts';

/*
 * Known answers of public standards, through the API: the vector's key is imported, and the service must answer as the
 * standard does. vectors/PROVENANCE.md says where they come from.
 */

const kms = useKms();
let china: KMSClient;
beforeAll(() => {
  china = kms.service.client({ region: 'cn-north-1' });
});
afterAll(() => {
  china.destroy();
});

function readVectors<T>(file: string, schema: z.ZodType<T>): T {
  return schema.parse(JSON.parse(readFileSync(join(import.meta.dirname, '../../../vectors', file), 'utf8')));
}
const bytes = z.string().transform((text) => Buffer.from(text, 'hex'));

/** A key whose material is the vector's; RSA_AES_KEY_WRAP takes every size, and China has OAEP alone. */
async function importVector(client: KMSClient, KeySpec: KeySpec, KeyUsage: KeyUsageType, material: Buffer) {
  const { id } = await createExternalKey(client, { KeySpec, KeyUsage });
  const algorithm = client === china ? 'RSAES_OAEP_SHA_256' : 'RSA_AES_KEY_WRAP_SHA_256';
  const parameters = await getParameters(client, id, algorithm);
  await sendMaterial(client, id, parameters, material);
  return id;
}

/** Vectors of one key share its import. */
function importing(client: () => KMSClient) {
  const ids = new Map<string, Promise<string>>();
  return (spec: KeySpec, usage: KeyUsageType, material: Buffer): Promise<string> => {
    const name = `${spec} ${usage} ${material.toString('hex')}`;
    const id = ids.get(name) ?? importVector(client(), spec, usage, material);
    ids.set(name, id);
    return id;
  };
}
const imported = importing(() => kms.client);

async function verify(
  client: KMSClient,
  KeyId: string,
  SigningAlgorithm: SigningAlgorithmSpec,
  Message: Buffer,
  Signature: Buffer,
  messageType: MessageType = 'RAW',
): Promise<boolean> {
  const command = new VerifyCommand({
    KeyId,
    SigningAlgorithm,
    Message,
    MessageType: messageType,
    Signature,
  });
  try {
    return (await client.send(command)).SignatureValid === true;
  } catch (error) {
    if (error instanceof Error && error.name === 'KMSInvalidSignatureException') return false;
    throw error;
  }
}

const mostMessageBytes = 4096;

describe('RSA', () => {
  const { signatures, encryption } = readVectors(
    'rsa.json',
    z.object({
      signatures: z.array(
        z.object({
          algorithm: z.string(),
          modulusBits: z.number(),
          note: z.string(),
          privateKey: bytes.optional(),
          message: bytes,
          signature: bytes,
          valid: z.boolean(),
        }),
      ),
      encryption: z.array(
        z.object({
          algorithm: z.string(),
          modulusBits: z.number(),
          note: z.string(),
          privateKey: bytes,
          ciphertext: bytes,
          plaintext: bytes.nullable(),
        }),
      ),
    }),
  );
  const withKeys = signatures.filter(
    ({ privateKey, message }) => privateKey !== undefined && message.length <= mostMessageBytes,
  );

  it('has signatures to try', () => {
    expect(withKeys.length).toBeGreaterThan(10);
  });

  it.each(withKeys)('$algorithm of $modulusBits bits: $note', async (vector) => {
    const { algorithm, modulusBits, message, signature, valid, privateKey } = vector;
    const SigningAlgorithm = algorithm as SigningAlgorithmSpec;
    const spec = `RSA_${modulusBits}` as KeySpec;
    const id = await imported(spec, 'SIGN_VERIFY', privateKey ?? Buffer.alloc(0));
    expect(await verify(kms.client, id, SigningAlgorithm, message, signature)).toBe(valid);
    if (!valid || !algorithm.includes('PKCS1')) return;
    // PKCS #1 v1.5 is deterministic: the service must make the very same signature.
    const signed = await kms.client.send(new SignCommand({ KeyId: id, Message: message, SigningAlgorithm }));
    expect(Buffer.from(signed.Signature ?? [])).toEqual(signature);
  });

  it.each(encryption)('$algorithm: $note', async (vector) => {
    const { algorithm, modulusBits, privateKey, ciphertext: CiphertextBlob, plaintext } = vector;
    const KeyId = await imported(`RSA_${modulusBits}` as KeySpec, 'ENCRYPT_DECRYPT', privateKey);
    const EncryptionAlgorithm = algorithm as EncryptionAlgorithmSpec;
    const request = kms.client.send(new DecryptCommand({ KeyId, CiphertextBlob, EncryptionAlgorithm }));
    if (plaintext === null)
      expect(await refusalOf(request)).toMatchObject({ name: 'InvalidCiphertextException' });
    else expect(Buffer.from((await request).Plaintext ?? [])).toEqual(plaintext);
  });
});

describe('Elliptic curves', () => {
  const { signatures, agreement } = readVectors(
    'ecc.json',
    z.object({
      signatures: z.array(
        z.object({
          keySpec: z.string(),
          algorithm: z.string(),
          note: z.string(),
          publicKey: bytes,
          message: bytes,
          signature: bytes,
          valid: z.boolean(),
          privateKey: bytes.optional(),
        }),
      ),
      agreement: z.array(
        z.object({
          keySpec: z.string(),
          note: z.string(),
          privateKey: bytes,
          peerPoint: bytes,
          sharedSecret: bytes.nullable(),
        }),
      ),
    }),
  );
  const withKeys = signatures.filter(
    ({ privateKey, message }) => privateKey !== undefined && message.length <= mostMessageBytes,
  );

  it('has signatures to try', () => {
    expect(withKeys.length).toBeGreaterThan(5);
  });

  it.each(withKeys)('$algorithm on $keySpec: $note', async (vector) => {
    const { keySpec, algorithm, publicKey, message, signature, valid, privateKey } = vector;
    const KeyId = await imported(keySpec as KeySpec, 'SIGN_VERIFY', privateKey ?? Buffer.alloc(0));
    const { PublicKey } = await kms.client.send(new GetPublicKeyCommand({ KeyId }));
    expect(Buffer.from(PublicKey ?? [])).toEqual(publicKey);
    const SigningAlgorithm = algorithm as SigningAlgorithmSpec;
    expect(await verify(kms.client, KeyId, SigningAlgorithm, message, signature)).toBe(valid);
  });

  /** The peer's point in a SubjectPublicKeyInfo, whose beginning the curve's own keys have. */
  const spkiOf = (privateKey: Buffer, point: Buffer) => {
    const own = createPublicKey({ key: toPem(privateKey), format: 'pem' }).export({
      format: 'der',
      type: 'spki',
    });
    return Buffer.concat([own.subarray(0, own.length - point.length), point]);
  };
  const toPem = (pkcs8: Buffer) =>
    `-----BEGIN PRIVATE KEY-----\n${pkcs8.toString('base64')}\n-----END PRIVATE KEY-----\n`;

  it.each(agreement)('ECDH on $keySpec: $note', async (vector) => {
    const { keySpec, privateKey, peerPoint, sharedSecret } = vector;
    const KeyId = await imported(keySpec as KeySpec, 'KEY_AGREEMENT', privateKey);
    const request = kms.client.send(
      new DeriveSharedSecretCommand({
        KeyId,
        KeyAgreementAlgorithm: 'ECDH',
        PublicKey: spkiOf(privateKey, peerPoint),
      }),
    );
    if (sharedSecret === null)
      expect(await refusalOf(request)).toMatchObject({ name: 'ValidationException' });
    else {
      const { SharedSecret, KeyOrigin } = await request;
      expect(Buffer.from(SharedSecret ?? [])).toEqual(sharedSecret);
      expect(KeyOrigin).toBe('EXTERNAL');
    }
  });
});

describe('Ed25519 (RFC 8032)', () => {
  const { rfc8032 } = readVectors(
    'ed25519.json',
    z.object({
      rfc8032: z.array(
        z.object({ algorithm: z.string(), message: bytes, signature: bytes, privateKey: bytes }),
      ),
    }),
  );
  // The API takes no empty message, and a digest of 64 bytes only for Ed25519ph.
  const takeable = rfc8032.filter(({ algorithm, message }) =>
    algorithm === 'ED25519_SHA_512' ? message.length > 0 : message.length === 64,
  );

  it('has signatures to try', () => {
    expect(takeable.length).toBeGreaterThan(2);
  });

  it.each(takeable)('$algorithm', async ({ algorithm, message: Message, signature, privateKey }) => {
    const KeyId = await imported('ECC_NIST_EDWARDS25519', 'SIGN_VERIFY', privateKey);
    const SigningAlgorithm = algorithm as SigningAlgorithmSpec;
    const isPrehashed = algorithm === 'ED25519_PH_SHA_512';
    const signed = await kms.client.send(
      new SignCommand({ KeyId, Message, SigningAlgorithm, MessageType: isPrehashed ? 'DIGEST' : 'RAW' }),
    );
    expect(Buffer.from(signed.Signature ?? [])).toEqual(signature);
  });
});

describe('HMAC (RFC 4231)', () => {
  const { rfc4231 } = readVectors(
    'hmac.json',
    z.object({
      rfc4231: z.array(z.object({ algorithm: z.string(), key: bytes, message: bytes, mac: bytes })),
    }),
  );
  const bytesOf: Readonly<Record<string, number>> = {
    HMAC_SHA_224: 28,
    HMAC_SHA_256: 32,
    HMAC_SHA_384: 48,
    HMAC_SHA_512: 64,
  };
  /** HMAC fills a short key up with zeros to its block (RFC 2104), so that this is the same key. */
  const filled = (key: Buffer, length: number) => Buffer.concat([key, Buffer.alloc(length - key.length)]);
  const takeable = rfc4231.filter(
    // One case of the RFC shows a MAC cut to 128 bits.
    ({ algorithm, key, mac }) => key.length <= (bytesOf[algorithm] ?? 0) && mac.length === bytesOf[algorithm],
  );

  it('has MACs to try', () => {
    expect(takeable.length).toBeGreaterThan(11);
  });

  it.each(takeable)('$algorithm', async ({ algorithm, key, message: Message, mac }) => {
    const spec = algorithm.replace('HMAC_SHA_', 'HMAC_') as KeySpec;
    const KeyId = await imported(spec, 'GENERATE_VERIFY_MAC', filled(key, bytesOf[algorithm] ?? 0));
    const MacAlgorithm = algorithm as MacAlgorithmSpec;
    const { Mac } = await kms.client.send(new GenerateMacCommand({ KeyId, Message, MacAlgorithm }));
    expect(Buffer.from(Mac ?? [])).toEqual(mac);
  });
});

describe('SM2, in a Region of China', () => {
  const { signatures, encryption } = readVectors(
    'sm2.json',
    z.object({
      signatures: z.array(
        z.object({
          source: z.string(),
          privateKey: bytes,
          messageType: z.enum(['RAW', 'DIGEST']),
          message: bytes,
          signature: bytes,
        }),
      ),
      encryption: z.array(
        z.object({ source: z.string(), privateKey: bytes, plaintext: bytes, ciphertext: bytes }),
      ),
    }),
  );
  const importedInChina = importing(() => china);

  it.each(signatures)('SM2DSA of $messageType, $source', async (vector) => {
    const { privateKey, messageType, message, signature } = vector;
    const id = await importedInChina('SM2', 'SIGN_VERIFY', privateKey);
    expect(await verify(china, id, 'SM2DSA', message, signature, messageType)).toBe(true);
    const other = Buffer.from(message);
    other[0] = (other[0] ?? 0) ^ 1;
    expect(await verify(china, id, 'SM2DSA', other, signature, messageType)).toBe(false);
  });

  it.each(encryption)('SM2PKE, $source', async ({ privateKey, plaintext, ciphertext: CiphertextBlob }) => {
    const KeyId = await importedInChina('SM2', 'ENCRYPT_DECRYPT', privateKey);
    const { Plaintext } = await china.send(
      new DecryptCommand({ KeyId, CiphertextBlob, EncryptionAlgorithm: 'SM2PKE' }),
    );
    expect(Buffer.from(Plaintext ?? [])).toEqual(plaintext);
  });
});
