import { hash } from 'node:crypto';
import { randomBytes } from '../random.ts';
import type { MessageHash } from './message-digest.ts';

/** How a digest becomes as many bytes as the modulus has, before RSA is applied to them (RFC 8017, section 9). */
export interface SignatureEncoding {
  encode(digest: Uint8Array, encodedBytes: number): Buffer;
  /** Whether `encoded` is an encoding of the digest; for public values, not in constant time. */
  verify(digest: Uint8Array, encoded: Buffer): boolean;
}

/** The DER of DigestInfo up to the digest (RFC 8017, section 9.2, note 1). */
const digestInfoPrefixes = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
} as const;

/** EMSA-PKCS1-v1_5 (RFC 8017, section 9.2). To verify is to encode and compare (section 8.2.2). */
export function emsaPkcs1(name: keyof typeof digestInfoPrefixes): SignatureEncoding {
  const prefix = Buffer.from(digestInfoPrefixes[name], 'hex');
  const encode = (digest: Uint8Array, encodedBytes: number): Buffer => {
    const encoded = Buffer.alloc(encodedBytes, 0xff);
    const digestAt = encodedBytes - digest.length;
    const prefixAt = digestAt - prefix.length;
    encoded.set([0x00, 0x01]);
    encoded[prefixAt - 1] = 0x00;
    encoded.set(prefix, prefixAt);
    encoded.set(digest, digestAt);
    return encoded;
  };
  return { encode, verify: (digest, encoded) => encode(digest, encoded.length).equals(encoded) };
}

const trailer = 0xbc;

/**
 * EMSA-PSS (RFC 8017, section 9.1) with a salt as long as the digest and MGF1 with the same hash, for moduli of whole
 * bytes: emBits is one less, so that the first bit is zero.
 */
export function emsaPss({ name, bytes }: MessageHash): SignatureEncoding {
  return {
    encode(digest, encodedBytes) {
      const salt = randomBytes(bytes);
      const seed = pssHash(name, digest, salt);
      const block = Buffer.alloc(encodedBytes - bytes - 1);
      block[block.length - bytes - 1] = 0x01;
      block.set(salt, block.length - bytes);
      maskBlock(name, block, seed);
      return Buffer.concat([block, seed, Buffer.of(trailer)]);
    },
    verify(digest, encoded) {
      const seedAt = encoded.length - bytes - 1;
      if (encoded.at(-1) !== trailer || (encoded[0] ?? 0) >= 0x80) return false;
      const seed = encoded.subarray(seedAt, -1);
      const block = Buffer.from(encoded.subarray(0, seedAt));
      maskBlock(name, block, seed);
      const oneAt = block.length - bytes - 1;
      if (block[oneAt] !== 0x01 || block.subarray(0, oneAt).some((byte) => byte !== 0)) return false;
      return pssHash(name, digest, block.subarray(oneAt + 1)).equals(seed);
    },
  };
}

/** H of M' = eight zero bytes || digest || salt. */
function pssHash(name: string, digest: Uint8Array, salt: Uint8Array): Buffer {
  return hash(name, Buffer.concat([Buffer.alloc(8), digest, salt]), 'buffer');
}

/** XORs MGF1 of the seed (RFC 8017, appendix B.2.1) over the block, and clears its first bit. */
function maskBlock(name: string, block: Buffer, seed: Uint8Array): void {
  const input = Buffer.concat([seed, Buffer.alloc(4)]);
  for (let at = 0, counter = 0; at < block.length; counter++) {
    input.writeUInt32BE(counter, seed.length);
    for (const byte of hash(name, input, 'buffer').subarray(0, block.length - at)) {
      block[at] = (block[at] ?? 0) ^ byte;
      at++;
    }
  }
  block[0] = (block[0] ?? 0) & 0x7f;
}
