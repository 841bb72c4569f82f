import type { Encapsulation, KeyPair, MessageType, Secret } from '@keyhaven/crypto';
import type { FingerprintRow } from '../keys/import-bindings.ts';
import type {
  ImportParametersRow,
  KeyAddress,
  KmsKey,
  MaterialRow,
  NewMaterialRow,
  StoredFingerprint,
} from '../keys/kms-key.ts';
import type { KeySpecRow } from '../keys/key-specs.ts';
import type { Maybe } from '../maybe.ts';
import type { NewRow } from '../storage/table.ts';
import type { importParametersTable } from '../storage/tables.ts';

/** New key material as it is stored: its id, its wrapped form and, of a key pair, the public key. */
export interface NewMaterial {
  readonly materialId: string;
  readonly wrapped: Buffer;
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey?: Buffer | undefined;
}

/** Which key material a cryptographic operation uses. The bytes stay with the key store. */
export interface MaterialReference {
  readonly material: MaterialRow;
  readonly spec: KeySpecRow;
  /** The key material's origin, which its wrap is bound to. */
  readonly origin: string;
}

/** Key material that need not be stored yet. */
export type UnusedMaterial = Omit<MaterialReference, 'material'> & { readonly material: NewMaterialRow };

export function referenceTo({ spec, row }: KmsKey, material: MaterialRow): MaterialReference {
  return { material, spec, origin: row.origin };
}

/** Makes key pairs that no KMS key keeps: data key pairs and wrapping keys. */
export interface KeyPairMaker {
  /**
   * The private key (PKCS #8) is the caller's to zeroise. `accountId`: who asks, and takes turns with others. Throws
   * ThrottlingException where that account waits for many already.
   */
  generate(spec: KeySpecRow, accountId: string): Maybe<KeyPair>;
}

export type NewParametersRow = NewRow<typeof importParametersTable>;

/** What GetParametersForImport hands out, and the row that remembers it. */
export interface ImportParameters {
  readonly row: NewParametersRow;
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: Buffer;
  readonly token: Buffer;
}

/** What an import token leads to. */
export type FoundParameters =
  { readonly kind: 'found'; readonly row: ImportParametersRow } | { readonly kind: 'expired' | 'unknown' };

/** Key material on its way from a request into the store: sound for its key spec, in canonical form. */
export interface ImportedMaterial extends Disposable {
  readonly bytes: Secret;
  /** Of a private key: its public key, SubjectPublicKeyInfo in DER. */
  readonly publicKey: Buffer | undefined;
}

/** Takes key material in that was made elsewhere. What a client sent is refused by an answer, never by an exception. */
export interface MaterialImporter {
  /** A fresh wrapping key of this key spec and its token, for one key. */
  makeParameters(
    own: Omit<NewParametersRow, 'wrapped'>,
    wrappingKeySpec: KeySpecRow,
    keyArn: string,
  ): Promise<ImportParameters>;
  /** Which of a key's parameters the token was given out with. */
  findParameters(
    parameters: readonly ImportParametersRow[],
    token: Buffer,
    keyArn: string,
    now: number,
  ): FoundParameters;
  /** The key material as it was before it was wrapped; undefined for everything that was not wrapped so. */
  unwrap(parameters: ImportParametersRow, wrapped: Uint8Array): Promise<Secret | undefined>;
  /**
   * Undefined unless the bytes are key material of exactly this key spec: so many bytes, or a private key (PKCS #8, DER)
   * of its kind. The argument stays the caller's. `accountId`: who imports, and takes turns with others.
   */
  read(spec: KeySpecRow, bytes: Secret, accountId: string): Promise<ImportedMaterial | undefined>;
  /** The id of the key material that this is, among what the key has or had; every fingerprint is compared. */
  findKnown(fingerprints: readonly StoredFingerprint[], material: ImportedMaterial): string | undefined;
  /** Wraps it for its key under this id. */
  wrap(address: KeyAddress, spec: KeySpecRow, materialId: string, material: ImportedMaterial): NewMaterial;
  /** Its fingerprint, for the row that `own` names. */
  fingerprint(own: Omit<FingerprintRow, 'wrapped'>, material: ImportedMaterial): FingerprintRow;
}

/**
 * Where key material lives and is used. Works on references, never on bytes, and may answer later: an HSM or an
 * external key manager can stand behind it without the pipeline knowing. `algorithm` is AWS's name for one that the
 * key spec has for the key's usage; what a client sent is refused by an answer, never by an exception.
 */
export interface KeyStore {
  generate(address: KeyAddress, spec: KeySpecRow): Maybe<NewMaterial>;
  /** `aad`: the encoded encryption context; nothing for asymmetric encryption. Answers the ciphertext. */
  encrypt(reference: MaterialReference, algorithm: string, plaintext: Uint8Array, aad: Buffer): Maybe<Buffer>;
  /** Undefined for every ciphertext or context that is not exactly what `encrypt` made. */
  decrypt(
    reference: MaterialReference,
    algorithm: string,
    ciphertext: Buffer,
    aad: Buffer,
  ): Maybe<Buffer | undefined>;
  sign(
    reference: MaterialReference,
    algorithm: string,
    messageType: MessageType,
    message: Uint8Array,
  ): Maybe<Buffer>;
  verify(
    reference: MaterialReference,
    algorithm: string,
    messageType: MessageType,
    message: Uint8Array,
    signature: Uint8Array,
  ): Maybe<boolean>;
  mac(reference: MaterialReference, algorithm: string, message: Uint8Array): Maybe<Buffer>;
  /** Compares in constant time. */
  verifyMac(
    reference: MaterialReference,
    algorithm: string,
    message: Uint8Array,
    mac: Uint8Array,
  ): Maybe<boolean>;
  /** The shared secret, the caller's to zeroise; undefined for what is no public key on the same curve. */
  agree(reference: MaterialReference, algorithm: string, publicKey: Uint8Array): Maybe<Buffer | undefined>;
  encapsulate(reference: MaterialReference, algorithm: string): Maybe<Encapsulation>;
  /** The shared secret, the caller's to zeroise; undefined for a ciphertext of the wrong length. */
  decapsulate(
    reference: MaterialReference,
    algorithm: string,
    ciphertext: Uint8Array,
  ): Maybe<Buffer | undefined>;
  /** The same key material under the same id for the related key in another Region. */
  copyTo(reference: UnusedMaterial, address: KeyAddress): NewMaterial;
  /** The fingerprint of imported key material, wrapped for the related key in another Region. */
  copyFingerprint(fingerprint: FingerprintRow, address: KeyAddress): Buffer;
  /** Throws unless the stored key material opens, for exactly the key and the Region that it is stored for. */
  assertOpens(reference: MaterialReference): Maybe<void>;
  /** Destroyed material: no copy stays in memory. */
  forget(material: Pick<MaterialRow, 'region' | 'material_id'>): void;
}
