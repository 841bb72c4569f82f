import { createCipheriv } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flip, hex, pick, readVectors } from '../asymmetric/key-pairs.test-support.ts';
import { runOpenssl, withFiles } from '../asymmetric/openssl.test-support.ts';
import { eccNistP256, eccNistP521, rsa2048, sm2 } from '../index.ts';
import { unwrapAesKwp } from './aes-key-wrap.ts';
import { wrappingAlgorithms } from './wrapping-algorithms.ts';

interface Vector {
  readonly bits: number;
  readonly key: string;
  readonly wrapped: string;
  readonly plaintext: string | null;
}

const { kwpAd256 } = readVectors('aes-kwp.json') as { readonly kwpAd256: readonly Vector[] };

function wrapAesKwp(key: Uint8Array, plaintext: Uint8Array): Buffer {
  const cipher = createCipheriv('id-aes256-wrap-pad', key, hex('a65959a6'));
  return Buffer.concat([cipher.update(plaintext), cipher.final()]);
}

describe('AES Key Wrap with Padding', () => {
  it.each(kwpAd256)(
    'unwraps what NIST unwraps and refuses what NIST refuses: $bits bits, $wrapped',
    (vector) => {
      const plaintext = unwrapAesKwp(hex(vector.key), hex(vector.wrapped));
      expect(plaintext?.toString('hex')).toBe(vector.plaintext ?? undefined);
    },
  );

  const key = Buffer.alloc(32, 3);
  const wrapped = wrapAesKwp(key, Buffer.alloc(45, 9));

  it('refuses every changed bit, another key, and other lengths of the key', () => {
    for (let bit = 0; bit < wrapped.length * 8; bit++) {
      expect(unwrapAesKwp(key, flip(wrapped, bit))).toBeUndefined();
    }
    for (const other of [flip(key, 0), Buffer.alloc(16, 3), Buffer.alloc(24, 3), Buffer.alloc(0)]) {
      expect(unwrapAesKwp(other, wrapped)).toBeUndefined();
    }
    expect(unwrapAesKwp(Buffer.alloc(16, 3), wrapAes128(Buffer.alloc(16, 3)))).toBeUndefined();
  });

  it('refuses what was wrapped without padding (RFC 3394), garbage, truncations and appended blocks', () => {
    const plain = createCipheriv('id-aes256-wrap', key, Buffer.alloc(8, 0xa6));
    const unpadded = Buffer.concat([plain.update(Buffer.alloc(32, 9)), plain.final()]);
    expect(unwrapAesKwp(key, unpadded)).toBeUndefined();
    for (let length = 0; length < wrapped.length; length++) {
      expect(unwrapAesKwp(key, wrapped.subarray(0, length))).toBeUndefined();
    }
    expect(unwrapAesKwp(key, Buffer.concat([wrapped, Buffer.alloc(8)]))).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (garbage) => {
        expect(unwrapAesKwp(key, garbage)).toBeUndefined();
      }),
    );
  });

  function wrapAes128(short: Uint8Array): Buffer {
    const cipher = createCipheriv('id-aes128-wrap-pad', short, hex('a65959a6'));
    return Buffer.concat([cipher.update(Buffer.alloc(45, 9)), cipher.final()]);
  }
});

describe.each([
  ['SHA_1', 'sha1'],
  ['SHA_256', 'sha256'],
])('wrapping under RSA with %s', (name, digest) => {
  const direct = pick(wrappingAlgorithms, `RSAES_OAEP_${name}`);
  const hybrid = pick(wrappingAlgorithms, `RSA_AES_KEY_WRAP_${name}`);
  const { privateKey: pkcs8, publicKey: spki } = rsa2048.generate();
  const privateKey = rsa2048.openPrivateKey(pkcs8);
  const publicKey = rsa2048.openPublicKey(spki);
  const oaep = pick(rsa2048.encryption, `RSAES_OAEP_${name}`);
  const aesKey = Buffer.alloc(32, 0x5a);
  const material = eccNistP521.generate().privateKey;
  const wrapped = Buffer.concat([oaep.encrypt(publicKey, aesKey), wrapAesKwp(aesKey, material)]);

  it('unwraps what the OpenSSL wrapped in the way that AWS documents', () => {
    const symmetric = Buffer.alloc(32, 0xc3);
    withFiles({ public: spki, symmetric, aesKey, material }, (path) => {
      const options = ['rsa_padding_mode:oaep', `rsa_oaep_md:${digest}`, `rsa_mgf1_md:${digest}`];
      const common = ['pkeyutl', '-encrypt', '-pubin', '-inkey', path('public'), '-keyform', 'DER'].concat(
        options.flatMap((option) => ['-pkeyopt', option]),
      );
      expect(
        direct.unwrap(privateKey, runOpenssl([...common, '-in', path('symmetric')]))?.equals(symmetric),
      ).toBe(true);
      const wrappedKey = runOpenssl([...common, '-in', path('aesKey')]);
      const cipher = ['enc', '-id-aes256-wrap-pad', '-K', aesKey.toString('hex'), '-iv', 'A65959A6'];
      const wrappedMaterial = runOpenssl([...cipher, '-in', path('material')]);
      const both = Buffer.concat([wrappedKey, wrappedMaterial]);
      expect(hybrid.unwrap(privateKey, both)?.equals(material)).toBe(true);
    });
  });

  it('unwraps private keys longer than the wrapping key', () => {
    const long = Buffer.concat([oaep.encrypt(publicKey, aesKey), wrapAesKwp(aesKey, pkcs8)]);
    expect(hybrid.unwrap(privateKey, long)?.equals(pkcs8)).toBe(true);
  });

  it('refuses every changed bit of both parts, and every truncation', () => {
    for (let bit = 0; bit < wrapped.length * 8; bit += 47) {
      expect(hybrid.unwrap(privateKey, flip(wrapped, bit))).toBeUndefined();
    }
    for (let length = 0; length < wrapped.length; length += 13) {
      expect(hybrid.unwrap(privateKey, wrapped.subarray(0, length))).toBeUndefined();
    }
    expect(hybrid.unwrap(privateKey, Buffer.concat([wrapped, Buffer.alloc(8)]))).toBeUndefined();
    expect(direct.unwrap(privateKey, wrapped)).toBeUndefined();
    expect(hybrid.unwrap(privateKey, wrapped.subarray(0, 256))).toBeUndefined();
  });

  it('refuses an AES key that has not 256 bits, and another hash', () => {
    for (const length of [0, 16, 24, 31, 33]) {
      const other = Buffer.concat([
        oaep.encrypt(publicKey, Buffer.alloc(length, 0x5a)),
        wrapped.subarray(256),
      ]);
      expect(hybrid.unwrap(privateKey, other)).toBeUndefined();
    }
    const otherName = name === 'SHA_1' ? 'SHA_256' : 'SHA_1';
    expect(
      pick(wrappingAlgorithms, `RSA_AES_KEY_WRAP_${otherName}`).unwrap(privateKey, wrapped),
    ).toBeUndefined();
  });

  it('refuses garbage without throwing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (garbage) => {
        expect(hybrid.unwrap(privateKey, garbage)).toBeUndefined();
        expect(direct.unwrap(privateKey, garbage)).toBeUndefined();
      }),
      { numRuns: 30 },
    );
  });

  it('throws an Error for a wrapping key of a kind that it does not use', () => {
    using other = eccNistP256.openPrivateKey(eccNistP256.generate().privateKey);
    for (const algorithm of [direct, hybrid])
      expect(() => algorithm.unwrap(other, wrapped)).toThrow(/cannot/);
  });
});

describe('wrapping with SM2PKE', () => {
  const algorithm = pick(wrappingAlgorithms, 'SM2PKE');
  const pair = sm2.generate();
  const privateKey = sm2.openPrivateKey(pair.privateKey);

  it('unwraps what was encrypted under the wrapping key, and nothing else', () => {
    const material = sm2.generate().privateKey;
    const wrapped = pick(sm2.encryption, 'SM2PKE').encrypt(sm2.openPublicKey(pair.publicKey), material);
    expect(algorithm.unwrap(privateKey, wrapped)?.equals(material)).toBe(true);
    expect(algorithm.unwrap(privateKey, flip(wrapped, 900))).toBeUndefined();
    expect(algorithm.unwrap(privateKey, material)).toBeUndefined();
    using other = rsa2048.openPrivateKey(rsa2048.generate().privateKey);
    expect(() => algorithm.unwrap(other, wrapped)).toThrow(/cannot/);
  });
});
