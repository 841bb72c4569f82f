import type { Secret } from '@keyhaven/crypto';

/**
 * Holds the root key outside the database. A seal wraps the root key for the seal header and opens it again;
 * what it wraps with (a file, later a passphrase, shares, another KMS, an HSM) is its own affair.
 */
export interface Seal {
  readonly kind: string;
  wrapRootKey(rootKey: Secret, binding: Buffer): Buffer | Promise<Buffer>;
  /** Throws when the seal does not open this header. */
  unwrapRootKey(wrapped: Buffer, binding: Buffer): Secret | Promise<Secret>;
}
