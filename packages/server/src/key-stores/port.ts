import type { KeyAddress, MaterialRow } from '../keys/kms-key.ts';
import type { KeySpecRow } from '../keys/key-specs.ts';
import type { Maybe } from '../maybe.ts';

/** New key material as it is stored: its id and its wrapped form. */
export interface NewMaterial {
  readonly materialId: string;
  readonly wrapped: Buffer;
}

/** Which key material a cryptographic operation uses. The bytes stay with the key store. */
export interface MaterialReference {
  readonly material: MaterialRow;
  readonly spec: KeySpecRow;
}

/**
 * Where key material lives and is used. Works on references, never on bytes, and may answer later: an HSM or an
 * external key manager can stand behind it without the pipeline knowing.
 */
export interface KeyStore {
  generate(address: KeyAddress, spec: KeySpecRow): Maybe<NewMaterial>;
  /** `aad`: the encoded encryption context. Answers a ciphertext blob. */
  encrypt(reference: MaterialReference, plaintext: Uint8Array, aad: Buffer): Maybe<Buffer>;
  /** Undefined for every blob or context that is not exactly what `encrypt` made. */
  decrypt(reference: MaterialReference, blob: Buffer, aad: Buffer): Maybe<Buffer | undefined>;
  /** Destroyed material: no copy stays in memory. */
  forget(materialId: string): void;
}
