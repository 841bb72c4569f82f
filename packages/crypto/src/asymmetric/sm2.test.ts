import { createHash, createPrivateKey, sign, verify } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eccNistP256, sm2 } from '../index.ts';
import { derInteger, derOctetString, derSequence, encodeDer } from '../der/der-writer.ts';
import { curveSm2 } from './elliptic-curve.ts';
import { encodeEcdsaSignature, readEcdsaSignature } from './ecdsa-signature.ts';
import { encodePkcs8, encodeSpki } from './key-encodings.ts';
import { residue, writeNumber } from './numbers.ts';
import { flip, hex, kinds, pick, readVectors } from './key-pairs.test-support.ts';

interface SignatureVector {
  readonly source: string;
  readonly privateKey: string;
  readonly publicKey: string;
  readonly messageType: 'RAW' | 'DIGEST';
  readonly message: string;
  readonly signature: string;
}

interface EncryptionVector {
  readonly source: string;
  readonly privateKey: string;
  readonly publicKey: string;
  readonly plaintext: string;
  readonly ciphertext: string;
}

const vectors = readVectors('sm2.json') as {
  readonly signatures: readonly SignatureVector[];
  readonly encryption: readonly EncryptionVector[];
};

const { algorithm, order, Point } = curveSm2;
const dsa = pick(sm2.signing, 'SM2DSA');
const pke = pick(sm2.encryption, 'SM2PKE');
const { privateKey: pkcs8, publicKey: spki } = sm2.generate();
const privateKey = sm2.openPrivateKey(pkcs8);
const publicKey = sm2.openPublicKey(spki);
const message = Buffer.from('a message');

function sm3(...parts: readonly Uint8Array[]): Buffer {
  return createHash('sm3').update(Buffer.concat(parts)).digest();
}

/** SM3(Z || M) for an identity, with GB/T 32918.5's parameters written out. */
function digestUnder(identity: string, point: Uint8Array, bytes: Uint8Array): Buffer {
  const parameters = hex(
    'fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc' +
      '28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93' +
      '32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7' +
      'bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0',
  );
  const bits = identity.length * 8;
  return sm3(
    sm3(Buffer.of(bits >> 8, bits & 0xff), Buffer.from(identity), parameters, point.subarray(1)),
    bytes,
  );
}

describe('SM2 signatures', () => {
  it.each(vectors.signatures)('$source, $messageType', (vector) => {
    const key = sm2.openPublicKey(encodeSpki(algorithm, hex(vector.publicKey)));
    const bytes = hex(vector.message);
    const signature = hex(vector.signature);
    expect(dsa.verify(key, vector.messageType, bytes, signature)).toBe(true);
    expect(dsa.verify(key, vector.messageType, flip(bytes, 0), signature)).toBe(false);
    expect(dsa.verify(key, vector.messageType, bytes, flip(signature, 80))).toBe(false);
  });

  it('are over SM3(Z || M) with the identity of GM/T 0009', () => {
    const digest = digestUnder('1234567812345678', spki.subarray(-65), message);
    for (const signature of [dsa.sign(privateKey, 'RAW', message), dsa.sign(privateKey, 'DIGEST', digest)]) {
      expect(dsa.verify(publicKey, 'RAW', message, signature)).toBe(true);
      expect(dsa.verify(publicKey, 'DIGEST', digest, signature)).toBe(true);
      expect(dsa.verify(publicKey, 'RAW', digest, signature)).toBe(false);
      expect(dsa.verify(publicKey, 'DIGEST', digestUnder('', spki.subarray(-65), message), signature)).toBe(
        false,
      );
    }
  });

  it('verify under OpenSSL, and its own verify here, with the identity that it leaves empty', () => {
    const theirs = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
    const digest = digestUnder('', spki.subarray(-65), message);
    expect(verify('sm3', message, theirs, dsa.sign(privateKey, 'DIGEST', digest))).toBe(true);
    expect(dsa.verify(publicKey, 'DIGEST', digest, sign('sm3', message, theirs))).toBe(true);
    expect(verify('sm3', message, theirs, dsa.sign(privateKey, 'RAW', message))).toBe(false);
  });

  it('are made for any digest, and never twice with the same number', () => {
    const digests: Buffer[] = [
      Buffer.alloc(32),
      Buffer.alloc(32, 0xff),
      sm3(message),
      sm3(message),
      sm3(message),
    ];
    const signatures = digests.map((digest) => dsa.sign(privateKey, 'DIGEST', digest));
    signatures.forEach((signature, at) => {
      expect(dsa.verify(publicKey, 'DIGEST', digests[at] ?? message, signature)).toBe(true);
    });
    expect(new Set(signatures.map((signature) => signature.toString('hex'))).size).toBe(digests.length);
  });

  it('are refused with changed bits, out of range, with r + s = n, and as garbage', () => {
    const signature = dsa.sign(privateKey, 'RAW', message);
    for (let bit = 0; bit < signature.length * 8; bit += 23) {
      expect(dsa.verify(publicKey, 'RAW', message, flip(signature, bit))).toBe(false);
    }
    const { r, s } = readEcdsaSignature(signature, order) ?? { r: 0n, s: 0n };
    const wrong = [
      encodeEcdsaSignature({ r: 0n, s }, 32),
      encodeEcdsaSignature({ r, s: 0n }, 32),
      encodeEcdsaSignature({ r, s: order - r }, 32),
      encodeEcdsaSignature({ r: order, s }, 32),
      encodeEcdsaSignature({ r: s, s: r }, 32),
      Buffer.concat([signature, Buffer.alloc(1)]),
      signature.subarray(1),
    ];
    for (const one of wrong) expect(dsa.verify(publicKey, 'RAW', message, one)).toBe(false);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 90 }), (garbage) => {
        expect(dsa.verify(publicKey, 'RAW', message, garbage)).toBe(false);
      }),
      { numRuns: 30 },
    );
  });

  it('are refused with r + s = n for the digest that would then fit any key (GB/T 32918.2, section 7.1)', () => {
    const s = 12345n;
    const r = order - s;
    const x = Point.BASE.multiplyUnsafe(s).x;
    const digest = Buffer.alloc(32);
    writeNumber(digest, residue(r - x, order));
    expect(dsa.verify(publicKey, 'DIGEST', digest, encodeEcdsaSignature({ r, s }, 32))).toBe(false);
  });

  it('take a digest of 32 bytes and no external mu: a RangeError otherwise', () => {
    expect(() => dsa.sign(privateKey, 'DIGEST', Buffer.alloc(31))).toThrow(RangeError);
    expect(() => dsa.verify(publicKey, 'EXTERNAL_MU', Buffer.alloc(64), Buffer.alloc(0))).toThrow(RangeError);
  });
});

describe('SM2 encryption', () => {
  it.each(vectors.encryption)('decrypts, $source: $plaintext', (vector) => {
    using key = sm2.openPrivateKey(hex(vector.privateKey));
    expect(pke.decrypt(key, hex(vector.ciphertext))?.toString('hex')).toBe(vector.plaintext);
  });

  it('decrypts what it encrypts, of 1 to 1,024 bytes, each time another ciphertext', () => {
    for (const length of [1, 31, 32, 33, 64, 1024]) {
      const plaintext = Buffer.alloc(length, length);
      const [one, other] = [pke.encrypt(publicKey, plaintext), pke.encrypt(publicKey, plaintext)];
      expect(pke.decrypt(privateKey, one)?.equals(plaintext)).toBe(true);
      expect(one.equals(other)).toBe(false);
    }
    expect(() => pke.encrypt(publicKey, Buffer.alloc(0))).toThrow(RangeError);
    expect(() => pke.encrypt(publicKey, Buffer.alloc(1025))).toThrow(RangeError);
  });

  it('refuses every changed bit, truncation, appended byte, another key, and garbage', () => {
    const ciphertext = pke.encrypt(publicKey, message);
    for (let bit = 0; bit < ciphertext.length * 8; bit += 19) {
      expect(pke.decrypt(privateKey, flip(ciphertext, bit))).toBeUndefined();
    }
    for (let length = 0; length < ciphertext.length; length += 9) {
      expect(pke.decrypt(privateKey, ciphertext.subarray(0, length))).toBeUndefined();
    }
    expect(pke.decrypt(privateKey, Buffer.concat([ciphertext, Buffer.alloc(1)]))).toBeUndefined();
    using stranger = sm2.openPrivateKey(sm2.generate().privateKey);
    expect(pke.decrypt(stranger, ciphertext)).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (garbage) => {
        expect(pke.decrypt(privateKey, garbage)).toBeUndefined();
      }),
    );
  });

  it('refuses points that are not on the curve, and coordinates or contents of another length', () => {
    const x = hex('32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7');
    const y = hex('bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0');
    const encode = (first: Uint8Array, second: Uint8Array, hashBytes = 32, maskedBytes = 5): Buffer =>
      encodeDer(
        derSequence(
          derInteger(first),
          derInteger(second),
          derOctetString(Buffer.alloc(hashBytes)),
          derOctetString(Buffer.alloc(maskedBytes)),
        ),
      );
    const wrong = [
      encode(x, flip(y, 0)),
      encode(Buffer.alloc(32), Buffer.alloc(32)),
      encode(Buffer.alloc(33, 1), y),
      encode(x, y, 31),
      encode(x, y, 32, 0),
      encode(x, y, 32, 1025),
    ];
    for (const one of wrong) expect(pke.decrypt(privateKey, one)).toBeUndefined();
  });
});

describe('ECDH of SM2', () => {
  const scheme = pick(sm2.agreement, 'ECDH');

  it('is the X coordinate, the same for both sides and as the curve has it', () => {
    const other = sm2.generate();
    using otherKey = sm2.openPrivateKey(other.privateKey);
    const secret = scheme.agree(privateKey, other.publicKey);
    expect(secret).toEqual(scheme.agree(otherKey, spki));
    const scalar = BigInt(`0x${pkcs8.subarray(36, 68).toString('hex')}`);
    const shared = Point.fromBytes(other.publicKey.subarray(-65)).multiplyUnsafe(scalar);
    expect(secret?.equals(shared.toBytes(false).subarray(1, 33))).toBe(true);
  });

  it('refuses points that are not on the curve, keys of another curve, and changed bytes', () => {
    const { publicKey: peer } = sm2.generate();
    const point = peer.subarray(-65);
    const wrong = [
      Buffer.alloc(0),
      eccNistP256.generate().publicKey,
      encodeSpki(algorithm, flip(point, 8)),
      encodeSpki(algorithm, Buffer.concat([Buffer.of(4), Buffer.alloc(64)])),
      encodeSpki(algorithm, Buffer.concat([Buffer.of(4), Buffer.alloc(64, 0xff)])),
      encodeSpki(algorithm, Buffer.alloc(1)),
      Buffer.concat([peer, Buffer.alloc(1)]),
    ];
    for (const one of wrong) expect(scheme.agree(privateKey, one)).toBeUndefined();
    for (let bit = 0; bit < peer.length * 8; bit += 13) {
      expect(scheme.agree(privateKey, flip(peer, bit))).toBeUndefined();
    }
  });
});

describe('a private key of SM2', () => {
  it('is canonical as it is made, and gives the public key of GB/T 32918.5', () => {
    expect(sm2.readPrivateKey(pkcs8)).toEqual({ privateKey: pkcs8, publicKey: spki });
    const [example] = vectors.signatures;
    const read = sm2.readPrivateKey(hex(example?.privateKey ?? ''));
    expect(read?.publicKey.subarray(-65).toString('hex')).toBe(example?.publicKey.toLowerCase());
  });

  it('is refused above n - 2, because signatures divide by 1 + d', () => {
    const encode = (scalar: bigint): Buffer =>
      encodePkcs8(algorithm, [
        derSequence(derInteger(Buffer.of(1)), derOctetString(hex(scalar.toString(16).padStart(64, '0')))),
      ]);
    expect(sm2.readPrivateKey(encode(order - 2n))).toBeDefined();
    for (const scalar of [0n, order - 1n, order]) expect(sm2.readPrivateKey(encode(scalar))).toBeUndefined();
  });

  it('is refused by every other kind of key pair', () => {
    for (const [name, kind] of kinds) {
      if (kind !== sm2) expect([name, kind.readPrivateKey(pkcs8)]).toEqual([name, undefined]);
    }
  });
});
