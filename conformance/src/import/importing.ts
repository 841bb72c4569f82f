import { constants, createCipheriv, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto';
import {
  type AlgorithmSpec,
  CreateKeyCommand,
  type CreateKeyCommandInput,
  GetParametersForImportCommand,
  ImportKeyMaterialCommand,
  type ImportKeyMaterialCommandInput,
  type ImportKeyMaterialCommandOutput,
  type KMSClient,
  type WrappingKeySpec,
} from '@aws-sdk/client-kms';

/** A wrapping key and its token, as the service gave them out. */
export interface Parameters {
  readonly algorithm: AlgorithmSpec;
  readonly publicKey: Uint8Array;
  readonly token: Uint8Array;
  readonly validTo: Date;
}

/** A key without material; answers its id and ARN. */
export async function createExternalKey(
  client: KMSClient,
  input: CreateKeyCommandInput = {},
): Promise<{ readonly id: string; readonly arn: string }> {
  const { KeyMetadata } = await client.send(new CreateKeyCommand({ Origin: 'EXTERNAL', ...input }));
  if (KeyMetadata?.KeyId === undefined || KeyMetadata.Arn === undefined)
    throw new Error('CreateKey names no key');
  return { id: KeyMetadata.KeyId, arn: KeyMetadata.Arn };
}

export async function getParameters(
  client: KMSClient,
  KeyId: string,
  WrappingAlgorithm: AlgorithmSpec = 'RSAES_OAEP_SHA_256',
  wrappingKeySpec: WrappingKeySpec = 'RSA_2048',
): Promise<Parameters> {
  const reply = await client.send(
    new GetParametersForImportCommand({ KeyId, WrappingAlgorithm, WrappingKeySpec: wrappingKeySpec }),
  );
  const { PublicKey: publicKey, ImportToken: token, ParametersValidTo: validTo } = reply;
  if (publicKey === undefined || token === undefined || validTo === undefined)
    throw new Error('GetParametersForImport leaves something out');
  return { algorithm: WrappingAlgorithm, publicKey, token, validTo };
}

/** What a client does with its key material: OpenSSL's OAEP, and AES-KWP (RFC 5649) where the algorithm has it. */
export function wrapMaterial({ algorithm, publicKey }: Parameters, material: Uint8Array): Buffer {
  const oaepHash = algorithm.endsWith('SHA_1') ? 'sha1' : 'sha256';
  const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
  const encrypt = (bytes: Uint8Array) =>
    publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, bytes);
  if (!algorithm.startsWith('RSA_AES_KEY_WRAP')) return encrypt(material);
  const aesKey = randomBytes(32);
  const cipher = createCipheriv('id-aes256-wrap-pad', aesKey, Buffer.from('a65959a6', 'hex'));
  return Buffer.concat([encrypt(aesKey), cipher.update(material), cipher.final()]);
}

type ImportInput = Omit<ImportKeyMaterialCommandInput, 'KeyId' | 'ImportToken' | 'EncryptedKeyMaterial'>;

/** Wraps key material with given parameters and sends it; without anything else said it does not expire. */
export function sendMaterial(
  client: KMSClient,
  KeyId: string,
  parameters: Parameters,
  material: Uint8Array,
  input: ImportInput = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' },
): Promise<ImportKeyMaterialCommandOutput> {
  return client.send(
    new ImportKeyMaterialCommand({
      KeyId,
      ImportToken: parameters.token,
      EncryptedKeyMaterial: wrapMaterial(parameters, material),
      ...input,
    }),
  );
}

/** Imports key material with parameters of its own; answers its id, which only symmetric keys have. */
export async function importMaterial(
  client: KMSClient,
  keyId: string,
  material: Uint8Array,
  input?: ImportInput,
): Promise<string> {
  const parameters = await getParameters(client, keyId);
  return (await sendMaterial(client, keyId, parameters, material, input)).KeyMaterialId ?? '';
}

export const doesNotExpire = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' } as const;
export const asNew = { ...doesNotExpire, ImportType: 'NEW_KEY_MATERIAL' } as const;
export const asExisting = { ...doesNotExpire, ImportType: 'EXISTING_KEY_MATERIAL' } as const;
