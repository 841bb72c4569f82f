import { Sealer } from './sealed-bytes.ts';
import { Secret } from './secret.ts';

const sealer = new Sealer('keyhaven/wrap/1');

/** A wrapped secret that does not open: another key, another associated data, or changed bytes. It says no more. */
export class UnwrapError extends Error {
  override readonly name = 'UnwrapError';

  constructor() {
    super('The wrapped secret does not open with this key and associated data');
  }
}

/**
 * Wraps a secret for storage under `key` (at most 64 bytes), bound to `aad` (encode it with `encodeFields`): version
 * 1 || nonce (16) || IV (12) || ciphertext || tag (16), 45 bytes more than the plaintext. A plaintext given as Buffer
 * stays the caller's to zeroise. Throws an Error if `key` is disposed or all zero.
 */
export function wrap(key: Secret, aad: Buffer, plaintext: Secret | Buffer): Buffer {
  if (plaintext instanceof Secret) return plaintext.use((bytes) => sealer.seal(key, aad, bytes));
  return sealer.seal(key, aad, plaintext);
}

/** Opens what `wrap` made. Throws an UnwrapError if it does not open, an Error if `key` is disposed or all zero. */
export function unwrap(key: Secret, aad: Buffer, wrapped: Buffer): Secret {
  const plaintext = sealer.open(key, aad, wrapped);
  if (plaintext === undefined) throw new UnwrapError();
  return Secret.take(plaintext);
}
