import {
  type CreateKeyCommandInput,
  CreateKeyCommand,
  DecapsulateCommand,
  DecryptCommand,
  DeriveSharedSecretCommand,
  EncapsulateCommand,
  EncryptCommand,
  GenerateDataKeyPairCommand,
  GenerateDataKeyPairWithoutPlaintextCommand,
  GenerateMacCommand,
  type KMSClient,
  SignCommand,
  VerifyCommand,
  VerifyMacCommand,
} from '@aws-sdk/client-kms';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';

const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256';
const SigningAlgorithm = 'ECDSA_SHA_256';
const MacAlgorithm = 'HMAC_SHA_256';
const EncapsulationAlgorithm = 'ML_KEM';
const KeyAgreementAlgorithm = 'ECDH';

/** Waits for a request that must be refused, and keeps what it was refused with. */
type Keep = (request: Promise<unknown>) => Promise<void>;

interface Use {
  readonly kms: KMSClient;
  readonly marked: Buffer;
  readonly keep: Keep;
}

/**
 * Uses asymmetric, HMAC and KEM keys with marked bytes, and makes each request fail in the ways that have the bytes at
 * hand. Answers the secrets that came of it: MACs, shared secrets and private keys, whole and their numbers alone.
 */
export async function useKeyPairs(kms: KMSClient, marked: Buffer, keep: Keep): Promise<readonly Buffer[]> {
  const use = { kms, marked, keep };
  await signAndVerify(use);
  await encryptUnderRsa(use);
  const secrets = [await makeMac(use), await agree(use), await encapsulate(use), ...(await makePairs(use))];
  return secrets.map((secret) => {
    if (secret === undefined) throw new Error('a reply lacks its secret');
    return Buffer.from(secret);
  });
}

const create = async ({ kms }: Use, input: CreateKeyCommandInput) =>
  (await kms.send(new CreateKeyCommand(input))).KeyMetadata?.KeyId;

async function signAndVerify(use: Use): Promise<void> {
  const { kms, marked, keep } = use;
  const KeyId = await create(use, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
  const signing = { KeyId, Message: marked, SigningAlgorithm } as const;
  const { Signature } = await kms.send(new SignCommand(signing));
  await kms.send(new VerifyCommand({ ...signing, Signature }));
  await keep(kms.send(new VerifyCommand({ ...signing, Signature: marked })));
  await keep(kms.send(new SignCommand({ ...signing, MessageType: 'DIGEST' })));
  await keep(kms.send(new SignCommand({ ...signing, MessageType: 'EXTERNAL_MU' })));
  await keep(kms.send(new SignCommand({ ...signing, SigningAlgorithm: 'SM2DSA' })));
  await keep(kms.send(new SignCommand({ ...signing, DryRun: true })));
  await keep(kms.send(new SignCommand({ ...signing, Message: Buffer.concat([marked, Buffer.alloc(4096)]) })));
}

async function encryptUnderRsa(use: Use): Promise<void> {
  const { kms, marked, keep } = use;
  const KeyId = await create(use, { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' });
  const encrypting = { KeyId, Plaintext: marked, EncryptionAlgorithm } as const;
  const { CiphertextBlob } = await kms.send(new EncryptCommand(encrypting));
  await kms.send(new DecryptCommand({ KeyId, CiphertextBlob, EncryptionAlgorithm }));
  await keep(kms.send(new DecryptCommand({ KeyId, CiphertextBlob: marked, EncryptionAlgorithm })));
  await keep(kms.send(new EncryptCommand({ ...encrypting, EncryptionContext: { a: 'b' } })));
  const long = Buffer.concat([marked, Buffer.alloc(200)]);
  await keep(kms.send(new EncryptCommand({ ...encrypting, Plaintext: long })));
}

async function makeMac(use: Use) {
  const { kms, marked, keep } = use;
  const KeyId = await create(use, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
  const by = { KeyId, MacAlgorithm } as const;
  const { Mac } = await kms.send(new GenerateMacCommand({ ...by, Message: marked }));
  await kms.send(new VerifyMacCommand({ ...by, Message: marked, Mac }));
  await keep(kms.send(new VerifyMacCommand({ ...by, Message: Buffer.from('x'), Mac })));
  await keep(kms.send(new VerifyMacCommand({ ...by, Message: marked, Mac: marked })));
  return Mac;
}

async function agree(use: Use) {
  const { kms, marked, keep } = use;
  const KeyId = await create(use, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' });
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const PublicKey = publicKey.export({ format: 'der', type: 'spki' });
  const derive = { KeyId, KeyAgreementAlgorithm, PublicKey } as const;
  await keep(kms.send(new DeriveSharedSecretCommand({ ...derive, PublicKey: marked })));
  await keep(kms.send(new DeriveSharedSecretCommand({ ...derive, DryRun: true })));
  return (await kms.send(new DeriveSharedSecretCommand(derive))).SharedSecret;
}

async function encapsulate(use: Use) {
  const { kms, marked, keep } = use;
  const KeyId = await create(use, { KeySpec: 'ML_KEM_768', KeyUsage: 'ENCAPSULATE_DECAPSULATE' });
  const by = { KeyId, EncapsulationAlgorithm } as const;
  const { SharedSecret, SharedSecretCiphertextBlob } = await kms.send(new EncapsulateCommand(by));
  await kms.send(new DecapsulateCommand({ ...by, SharedSecretCiphertextBlob }));
  await keep(kms.send(new DecapsulateCommand({ ...by, SharedSecretCiphertextBlob: marked })));
  return SharedSecret;
}

async function makePairs(use: Use) {
  const { kms, keep } = use;
  const pairs = { KeyId: await create(use, {}), KeyPairSpec: 'ECC_NIST_P256' } as const;
  const pair = await kms.send(new GenerateDataKeyPairCommand(pairs));
  const hidden = await kms.send(new GenerateDataKeyPairWithoutPlaintextCommand(pairs));
  const opened = await kms.send(new DecryptCommand({ CiphertextBlob: hidden.PrivateKeyCiphertextBlob }));
  await keep(kms.send(new GenerateDataKeyPairCommand({ ...pairs, DryRun: true })));
  return [pair.PrivateKeyPlaintext, opened.Plaintext].flatMap((pkcs8) => [pkcs8, scalarOf(pkcs8)]);
}

/** The secret number of a private key on an elliptic curve, in PKCS #8. */
function scalarOf(pkcs8: Uint8Array | undefined): Buffer {
  const key = createPrivateKey({ key: Buffer.from(pkcs8 ?? []), format: 'der', type: 'pkcs8' });
  return Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url');
}
