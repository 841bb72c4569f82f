import { hkdfSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { flip, hex, pick, readVectors } from '../asymmetric/key-pairs.test-support.ts';
import { macAlgorithms } from './hmac-algorithms.ts';

interface Vector {
  readonly algorithm: string;
  readonly key: string;
  readonly message: string;
  readonly mac: string;
}

const { rfc4231 } = readVectors('hmac.json') as { readonly rfc4231: readonly Vector[] };

describe('HMAC', () => {
  it.each(rfc4231)('gives the answers of RFC 4231 and no others: $algorithm, $mac', (vector) => {
    const algorithm = pick(macAlgorithms, vector.algorithm);
    const [key, message] = [hex(vector.key), hex(vector.message)];
    const answer = algorithm.mac(key, message);
    expect(answer.toString('hex')).toBe(vector.mac);
    expect(answer.length).toBe(algorithm.bytes);
    expect(algorithm.mac(flip(key, 0), message).equals(answer)).toBe(false);
    expect(algorithm.mac(key, flip(message, 0)).equals(answer)).toBe(false);
    expect(key.equals(hex(vector.key))).toBe(true);
  });

  it('has one algorithm for each of the four hashes, each with all of its bytes', () => {
    expect([...macAlgorithms].map(([name, { bytes }]) => [name, bytes])).toEqual([
      ['HMAC_SHA_224', 28],
      ['HMAC_SHA_256', 32],
      ['HMAC_SHA_384', 48],
      ['HMAC_SHA_512', 64],
    ]);
  });

  it('is what HKDF-Extract computes (RFC 5869), in the implementation of the platform', () => {
    const [key, message] = [Buffer.alloc(64, 7), Buffer.alloc(4096, 9)];
    // RFC 5869: T(1) = HMAC(PRK, info || 1), PRK = HMAC(salt, IKM).
    for (const [name, algorithm] of macAlgorithms) {
      const expected = Buffer.from(hkdfSync(`sha${name.slice(-3)}`, message, key, 'info', algorithm.bytes));
      const extracted = algorithm.mac(key, message);
      expect(algorithm.mac(extracted, Buffer.from('info\u0001')).equals(expected)).toBe(true);
    }
  });
});
