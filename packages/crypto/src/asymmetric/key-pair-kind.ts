import type { OpenPrivateKey, OpenPublicKey } from './open-key.ts';

/** What Sign and Verify are given: the message, its digest, or (ML-DSA only) the message representative of FIPS 204. */
export type MessageType = 'RAW' | 'DIGEST' | 'EXTERNAL_MU';

export interface KeyPair {
  /** PKCS #8 (RFC 5958), DER, in canonical form, in memory of its own for the caller to zeroise. */
  readonly privateKey: Buffer;
  /** SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7), DER. */
  readonly publicKey: Buffer;
}

export interface SigningScheme {
  /**
   * The message types it takes, with the exact length in bytes that such a message must have; undefined: any length.
   * To check them is the caller's part: `sign` and `verify` throw a RangeError for what is not here.
   */
  readonly messageTypes: ReadonlyMap<MessageType, number | undefined>;
  sign(key: OpenPrivateKey, messageType: MessageType, message: Uint8Array): Buffer;
  /** False for every signature that is not one, malformed ones included; it throws for none. */
  verify(key: OpenPublicKey, messageType: MessageType, message: Uint8Array, signature: Uint8Array): boolean;
}

export interface EncryptionScheme {
  /** Only SM2 cannot encrypt an empty plaintext. */
  readonly minPlaintextBytes: number;
  readonly maxPlaintextBytes: number;
  /** How long every ciphertext is; undefined where that depends on the plaintext. */
  readonly ciphertextBytes: number | undefined;
  /** Throws a RangeError for a plaintext shorter or longer than that. */
  encrypt(key: OpenPublicKey, plaintext: Uint8Array): Buffer;
  /** The plaintext, in memory of its own for the caller to zeroise; undefined for what is no ciphertext for this key. */
  decrypt(key: OpenPrivateKey, ciphertext: Uint8Array): Buffer | undefined;
}

export interface AgreementScheme {
  /**
   * The raw X coordinate of the shared point, as many bytes as the field has, in memory of its own for the caller to
   * zeroise. Undefined unless `peerPublicKey` is a SubjectPublicKeyInfo (DER, named curve, uncompressed point) of
   * exactly this curve.
   */
  agree(key: OpenPrivateKey, peerPublicKey: Uint8Array): Buffer | undefined;
}

export interface Encapsulation {
  /** In memory of its own, for the caller to zeroise. */
  readonly sharedSecret: Buffer;
  readonly ciphertext: Buffer;
}

export interface EncapsulationScheme {
  readonly ciphertextBytes: number;
  encapsulate(key: OpenPublicKey): Encapsulation;
  /**
   * The shared secret, in memory of its own for the caller to zeroise. Undefined for a wrong length; any other bytes give
   * a secret, which is nobody's unless they were encapsulated for this key (implicit rejection, FIPS 203).
   */
  decapsulate(key: OpenPrivateKey, ciphertext: Uint8Array): Buffer | undefined;
}

/** One kind of key pair: what a key spec's row holds. Algorithms are found by AWS's names. */
export interface KeyPairKind {
  /** Whether making one takes tenths of a second or more. */
  readonly isSlowToGenerate: boolean;
  generate(): KeyPair;
  /**
   * Reads a private key (PKCS #8, DER) that somebody else made, and answers it in canonical form: the same key always
   * gives the same bytes. Undefined unless it is a sound key of exactly this kind, with nothing after it, and with the
   * right public key if it carries one. The argument stays the caller's to zeroise.
   */
  readPrivateKey(pkcs8: Uint8Array): KeyPair | undefined;
  /**
   * Makes a private key that `generate` or `readPrivateKey` of this kind answered ready for use; nothing is checked again.
   * The platform copies it: the argument stays the caller's to zeroise. Throws for bytes that are no private key.
   */
  openPrivateKey(pkcs8: Uint8Array): OpenPrivateKey;
  /** The same for a public key (SubjectPublicKeyInfo, DER). */
  openPublicKey(spki: Uint8Array): OpenPublicKey;
  readonly signing: ReadonlyMap<string, SigningScheme>;
  readonly encryption: ReadonlyMap<string, EncryptionScheme>;
  readonly agreement: ReadonlyMap<string, AgreementScheme>;
  readonly encapsulation: ReadonlyMap<string, EncapsulationScheme>;
}
