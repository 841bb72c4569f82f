import { createHash, hash } from 'node:crypto';

/** SHA-256 (FIPS 180-4) of bytes, or of a string's UTF-8, as lower-case hexadecimal. */
export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

/** SHA-256 (FIPS 180-4) of bytes, or of a string's UTF-8: 32 bytes in memory of their own. */
export function sha256(data: string | Uint8Array): Buffer {
  return hash('sha256', data, 'buffer');
}

/** SHA-256 (FIPS 180-4) of bytes that come piece by piece, such as a file that is larger than memory. */
export class RunningSha256 {
  readonly #hash = createHash('sha256');

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  /** Lower-case hexadecimal; once, at the end. */
  digestHex(): string {
    return this.#hash.digest('hex');
  }
}
