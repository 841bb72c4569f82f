import {
  type CreateKeyCommandInput,
  EncapsulateCommand,
  EncryptCommand,
  GenerateMacCommand,
  ImportKeyMaterialCommand,
  type KMSClient,
  SignCommand,
} from '@aws-sdk/client-kms';
import { doesNotExpire, getParameters, wrapMaterial } from '../import/importing.ts';

/** The kinds of keys that the operations take: what CreateKey is asked for. */
export const keyKinds = {
  symmetric: {},
  signing: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
  MAC: { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
  agreement: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' },
  encapsulation: { KeySpec: 'ML_KEM_768', KeyUsage: 'ENCAPSULATE_DECAPSULATE' },
  /** A multi-Region primary key, with a replica in `replicaRegion` unless its state forbids it. */
  primary: { MultiRegion: true },
  /** Its key material was imported. */
  imported: { Origin: 'EXTERNAL' },
} as const satisfies Readonly<Record<string, CreateKeyCommandInput>>;
export type KeyKind = keyof typeof keyKinds;

/** Where the replica of a key of kind `primary` is, and a Region that has none of it. */
export const [replicaRegion, freeRegion] = ['us-east-1', 'ap-southeast-2'] as const;

const kindOfOperation: Readonly<Record<string, KeyKind>> = {
  Decapsulate: 'encapsulation',
  DeleteImportedKeyMaterial: 'imported',
  DeriveSharedSecret: 'agreement',
  Encapsulate: 'encapsulation',
  GenerateMac: 'MAC',
  GetParametersForImport: 'imported',
  GetPublicKey: 'signing',
  ImportKeyMaterial: 'imported',
  ReplicateKey: 'primary',
  // A grant is made while the key is Enabled, which one that lacks its key material has been only if it was imported once.
  RetireGrant: 'primary',
  RevokeGrant: 'primary',
  Sign: 'signing',
  UpdatePrimaryRegion: 'primary',
  Verify: 'signing',
  VerifyMac: 'MAC',
};

/** The kind of key that an operation needs; most work on a symmetric one. */
export const kindFor = (operation: string): KeyKind => kindOfOperation[operation] ?? 'symmetric';

/** What the keys of these tests encrypt, sign and make MACs of. */
export const plaintext = new Uint8Array([1, 2, 3]);
export const SigningAlgorithm = 'ECDSA_SHA_256';
export const MacAlgorithm = 'HMAC_SHA_256';
export const EncapsulationAlgorithm = 'ML_KEM';

/** Key material on its way into a key: ImportKeyMaterial sends both. */
export interface WrappedMaterial {
  readonly ImportToken: Uint8Array;
  readonly EncryptedKeyMaterial: Uint8Array;
}

/** What an `imported` key's material is. */
const imported = Buffer.alloc(32, 0x5a);

/** Wraps `imported` for a key that is not PendingDeletion, Creating or Updating. */
export async function wrapFor(client: KMSClient, KeyId: string): Promise<WrappedMaterial> {
  const parameters = await getParameters(client, KeyId);
  return { ImportToken: parameters.token, EncryptedKeyMaterial: wrapMaterial(parameters, imported) };
}

/** Imports `imported`, without an expiry. */
export async function importWrapped(
  client: KMSClient,
  KeyId: string,
  wrapped: WrappedMaterial,
): Promise<void> {
  await client.send(new ImportKeyMaterialCommand({ KeyId, ...wrapped, ...doesNotExpire }));
}

/** What a key of that kind makes of `plaintext`, for the requests that hand it back. */
export async function productOf(client: KMSClient, KeyId: string, kind: KeyKind): Promise<Uint8Array> {
  const made = await products[kind](client, KeyId);
  if (made === undefined) throw new Error(`a key of kind ${kind} made nothing`);
  return made;
}

type Product = (client: KMSClient, KeyId: string) => Promise<Uint8Array | undefined>;

const Message = plaintext;
const ciphertext: Product = async (client, KeyId) =>
  (await client.send(new EncryptCommand({ KeyId, Plaintext: plaintext }))).CiphertextBlob;

const products: Readonly<Record<KeyKind, Product>> = {
  symmetric: ciphertext,
  primary: ciphertext,
  imported: ciphertext,
  signing: async (client, KeyId) =>
    (await client.send(new SignCommand({ KeyId, Message, SigningAlgorithm }))).Signature,
  MAC: async (client, KeyId) =>
    (await client.send(new GenerateMacCommand({ KeyId, Message, MacAlgorithm }))).Mac,
  encapsulation: async (client, KeyId) =>
    (await client.send(new EncapsulateCommand({ KeyId, EncapsulationAlgorithm }))).SharedSecretCiphertextBlob,
  // Nothing that DeriveSharedSecret would take back.
  agreement: () => Promise.resolve(new Uint8Array([1])),
};
