import { createHmac } from 'node:crypto';

export interface MacAlgorithm {
  /** How long a MAC is, and a key that KMS makes for it. */
  readonly bytes: number;
  /** The whole MAC. The key stays the caller's to zeroise; OpenSSL holds a copy until it returns. */
  mac(key: Uint8Array, message: Uint8Array): Buffer;
}

function hmac(hash: string, bytes: number): MacAlgorithm {
  return { bytes, mac: (key, message) => createHmac(hash, key).update(message).digest() };
}

/** HMAC (FIPS 198-1, RFC 2104) by AWS's names. Compare a MAC with `equalConstantTime`. */
export const macAlgorithms: ReadonlyMap<string, MacAlgorithm> = new Map([
  ['HMAC_SHA_224', hmac('sha224', 28)],
  ['HMAC_SHA_256', hmac('sha256', 32)],
  ['HMAC_SHA_384', hmac('sha384', 48)],
  ['HMAC_SHA_512', hmac('sha512', 64)],
]);
