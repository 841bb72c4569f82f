import { createPrivateKey, generateKeyPairSync, hash } from 'node:crypto';
import { type ECDSA } from '@noble/curves/abstract/weierstrass.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { derInteger, derSequence, encodeDer } from '../der/der-writer.ts';
import { encodeEcdsaSignature, readEcdsaSignature } from './ecdsa-signature.ts';
import { curveP256, curveP384, curveP521, curveSecp256k1, type EllipticCurve } from './elliptic-curve.ts';
import { encodePkcs8, encodeSpki } from './key-encodings.ts';
import { flip, hex, kinds, pick, readVectors } from './key-pairs.test-support.ts';
import { writeNumber } from './numbers.ts';
import { opensslVerifies, runOpenssl, withFiles } from './openssl.test-support.ts';

interface SignatureVector {
  readonly source: string;
  readonly keySpec: string;
  readonly algorithm: string;
  readonly note: string;
  readonly publicKey: string;
  readonly message: string;
  readonly signature: string;
  readonly valid: boolean;
}

interface AgreementVector {
  readonly keySpec: string;
  readonly note: string;
  readonly privateKey: string;
  readonly peerPoint: string;
  readonly sharedSecret: string | null;
}

const vectors = readVectors('ecc.json') as {
  readonly signatures: readonly SignatureVector[];
  readonly agreement: readonly AgreementVector[];
};

const curves: readonly (readonly [string, EllipticCurve, ECDSA, string])[] = [
  ['ECC_NIST_P256', curveP256, p256, 'ECDSA_SHA_256'],
  ['ECC_NIST_P384', curveP384, p384, 'ECDSA_SHA_384'],
  ['ECC_NIST_P521', curveP521, p521, 'ECDSA_SHA_512'],
  ['ECC_SECG_P256K1', curveSecp256k1, secp256k1, 'ECDSA_SHA_256'],
];
const agreeing = curves.filter(([keySpec]) => keySpec !== 'ECC_SECG_P256K1');
const message = Buffer.from('a message');

function digestOf(algorithm: string, bytes: Uint8Array): Buffer {
  return hash(`sha${algorithm.slice(-3)}`, bytes, 'buffer');
}

function curveOf(keySpec: string): EllipticCurve {
  return pick(new Map(curves.map(([name, curve]) => [name, curve])), keySpec);
}

describe.each(curves)('ECDSA of %s', (keySpec, curve, noble, algorithm) => {
  const kind = pick(kinds, keySpec);
  const scheme = pick(kind.signing, algorithm);
  const { privateKey: pkcs8, publicKey: spki } = kind.generate();
  const privateKey = kind.openPrivateKey(pkcs8);
  const publicKey = kind.openPublicKey(spki);
  const digest = digestOf(algorithm, message);
  const nobleOptions = { prehash: false, lowS: false, format: 'der' } as const;
  const point = spki.subarray(-1 - 2 * curve.bytes);

  it.each(vectors.signatures.filter((one) => one.keySpec === keySpec))('$source: $note', (vector) => {
    const key = kind.openPublicKey(hex(vector.publicKey));
    const bytes = hex(vector.message);
    const signature = hex(vector.signature);
    expect(scheme.verify(key, 'RAW', bytes, signature)).toBe(vector.valid);
    expect(scheme.verify(key, 'DIGEST', digestOf(algorithm, bytes), signature)).toBe(vector.valid);
  });

  it('signs messages and digests so that OpenSSL, noble and both message types verify', () => {
    const signatures = [scheme.sign(privateKey, 'RAW', message), scheme.sign(privateKey, 'DIGEST', digest)];
    for (const signature of signatures) {
      expect(scheme.verify(publicKey, 'RAW', message, signature)).toBe(true);
      expect(scheme.verify(publicKey, 'DIGEST', digest, signature)).toBe(true);
      expect(scheme.verify(publicKey, 'RAW', digest, signature)).toBe(false);
      expect(noble.verify(signature, digest, point, nobleOptions)).toBe(true);
      withFiles({ key: pkcs8, digest, signature }, (path) => {
        const common = ['-inkey', path('key'), '-keyform', 'DER', '-in', path('digest')];
        expect(opensslVerifies(['pkeyutl', '-verify', ...common, '-sigfile', path('signature')])).toBe(true);
        const theirs = runOpenssl(['pkeyutl', '-sign', ...common]);
        expect(scheme.verify(publicKey, 'DIGEST', digest, theirs)).toBe(true);
      });
    }
    const scalar =
      createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }).export({ format: 'jwk' }).d ?? '';
    const theirs = noble.sign(digest, Buffer.from(scalar, 'base64url'), nobleOptions);
    expect(scheme.verify(publicKey, 'RAW', message, theirs)).toBe(true);
  });

  it('signs any digest, those of zero and above the order too, with an s that is high as often as low', () => {
    let high = 0;
    const digests: Buffer[] = [Buffer.alloc(digest.length), Buffer.alloc(digest.length, 0xff)];
    for (let i = 0; i < 30; i++) digests.push(digestOf(algorithm, Buffer.from([i])));
    for (const one of digests) {
      const signature = scheme.sign(privateKey, 'DIGEST', one);
      expect(scheme.verify(publicKey, 'DIGEST', one, signature)).toBe(true);
      expect(noble.verify(signature, one, point, nobleOptions)).toBe(true);
      if ((readEcdsaSignature(signature, curve.order)?.s ?? 0n) > curve.order / 2n) high++;
    }
    expect(high).toBeGreaterThan(1);
    expect(high).toBeLessThan(31);
  });

  it('uses no number twice', () => {
    const numbers = Array.from({ length: 20 }, () => {
      const signature = scheme.sign(privateKey, 'DIGEST', digest);
      return readEcdsaSignature(signature, curve.order)?.r;
    });
    expect(new Set(numbers).size).toBe(20);
  });

  it('refuses every changed bit, and garbage, in both message types', () => {
    const signature = scheme.sign(privateKey, 'RAW', message);
    for (let bit = 0; bit < signature.length * 8; bit += 29) {
      expect(scheme.verify(publicKey, 'RAW', message, flip(signature, bit))).toBe(false);
      expect(scheme.verify(publicKey, 'DIGEST', digest, flip(signature, bit))).toBe(false);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 160 }), (garbage) => {
        expect(scheme.verify(publicKey, 'RAW', message, garbage)).toBe(false);
        expect(scheme.verify(publicKey, 'DIGEST', digest, garbage)).toBe(false);
      }),
      { numRuns: 20 },
    );
  });

  it('refuses a signature in any encoding but DER, and numbers out of range', () => {
    const signature = scheme.sign(privateKey, 'DIGEST', digest);
    const { r, s } = readEcdsaSignature(signature, curve.order) ?? { r: 0n, s: 0n };
    const number = (value: bigint): Buffer => {
      const bytes = Buffer.alloc(curve.bytes + 1);
      writeNumber(bytes, value);
      return bytes;
    };
    const encode = (...values: readonly bigint[]): Buffer =>
      encodeDer(derSequence(...values.map((value) => derInteger(number(value)))));
    const padded = { tag: 0x02, contents: Buffer.concat([Buffer.alloc(2), number(r)]) };
    const wrong = [
      encodeDer(derSequence(padded, derInteger(number(s)))),
      Buffer.concat([signature, Buffer.alloc(1)]),
      signature.subarray(0, -1),
      Buffer.concat([number(r).subarray(1), number(s).subarray(1)]),
      encodeDer({
        tag: 0x30,
        contents: Buffer.concat([signature.subarray(signature.length > 129 ? 3 : 2), Buffer.from([5, 0])]),
      }),
      encode(0n, s),
      encode(r, 0n),
      encode(curve.order, s),
      encode(r + curve.order, s),
      encode(r, s + curve.order),
      encode(r, s, 1n),
      encode(r),
    ];
    for (const one of wrong) {
      expect(scheme.verify(publicKey, 'RAW', message, one)).toBe(false);
      expect(scheme.verify(publicKey, 'DIGEST', digest, one)).toBe(false);
    }
    expect(scheme.verify(publicKey, 'RAW', message, encode(r, s))).toBe(true);
    expect(encodeEcdsaSignature({ r, s }, curve.bytes).equals(signature)).toBe(true);
  });

  it('refuses a digest of another length, and an external mu, with a RangeError', () => {
    expect(() => scheme.sign(privateKey, 'DIGEST', digest.subarray(1))).toThrow(RangeError);
    expect(() => scheme.sign(privateKey, 'EXTERNAL_MU', digest)).toThrow(RangeError);
    expect(() => scheme.verify(publicKey, 'DIGEST', Buffer.alloc(0), Buffer.alloc(0))).toThrow(RangeError);
  });
});

describe('ECDH', () => {
  it.each(vectors.agreement)('of $keySpec, CAVP: $note', (vector) => {
    const kind = pick(kinds, vector.keySpec);
    const peer = encodeSpki(curveOf(vector.keySpec).algorithm, hex(vector.peerPoint));
    using key = kind.openPrivateKey(hex(vector.privateKey));
    const secret = pick(kind.agreement, 'ECDH').agree(key, peer);
    expect(secret?.toString('hex')).toBe(vector.sharedSecret ?? undefined);
  });

  it('is not there for secp256k1', () => {
    expect(pick(kinds, 'ECC_SECG_P256K1').agreement.size).toBe(0);
  });

  it.each(agreeing)(
    'of %s agrees with the other side, with OpenSSL and with noble',
    (keySpec, curve, noble) => {
      const kind = pick(kinds, keySpec);
      const scheme = pick(kind.agreement, 'ECDH');
      const [one, other] = [kind.generate(), kind.generate()];
      using key = kind.openPrivateKey(one.privateKey);
      using otherKey = kind.openPrivateKey(other.privateKey);
      const secret = scheme.agree(key, other.publicKey);
      expect(secret?.length).toBe(curve.bytes);
      expect(scheme.agree(otherKey, one.publicKey)).toEqual(secret);
      const scalar = createPrivateKey({ key: one.privateKey, format: 'der', type: 'pkcs8' }).export({
        format: 'jwk',
      }).d;
      const shared = noble.getSharedSecret(
        Buffer.from(scalar ?? '', 'base64url'),
        other.publicKey.subarray(-1 - 2 * curve.bytes),
      );
      expect(secret?.equals(shared.subarray(1))).toBe(true);
      withFiles({ key: one.privateKey, peer: other.publicKey }, (path) => {
        const files = [
          '-inkey',
          path('key'),
          '-keyform',
          'DER',
          '-peerkey',
          path('peer'),
          '-peerform',
          'DER',
        ];
        expect(runOpenssl(['pkeyutl', '-derive', ...files]).equals(secret ?? Buffer.alloc(0))).toBe(true);
      });
    },
  );

  it.each(agreeing)('of %s refuses a public key of anything else', (keySpec, curve) => {
    const kind = pick(kinds, keySpec);
    const scheme = pick(kind.agreement, 'ECDH');
    using key = kind.openPrivateKey(kind.generate().privateKey);
    const { publicKey, privateKey } = kind.generate();
    const point = publicKey.subarray(-1 - 2 * curve.bytes);
    const offCurve = Buffer.from(point);
    offCurve.writeUInt8((offCurve.at(-1) ?? 0) ^ 1, offCurve.length - 1);
    const aboveField = Buffer.from(point).fill(0xff, 1, 1 + curve.bytes);
    const explicit = generateKeyPairSync('ec', { namedCurve: curve.platformName, paramEncoding: 'explicit' });
    const compressed = Buffer.concat([
      Buffer.of(2 + ((point.at(-1) ?? 0) & 1)),
      point.subarray(1, 1 + curve.bytes),
    ]);
    const wrong = [
      Buffer.alloc(0),
      privateKey,
      publicKey.subarray(0, -1),
      Buffer.concat([publicKey, Buffer.alloc(1)]),
      encodeSpki(curve.algorithm, offCurve),
      encodeSpki(curve.algorithm, aboveField),
      encodeSpki(curve.algorithm, Buffer.alloc(1)),
      encodeSpki(curve.algorithm, compressed),
      encodeSpki(
        curve.algorithm,
        Buffer.concat([Buffer.of(6 + ((point.at(-1) ?? 0) & 1)), point.subarray(1)]),
      ),
      encodeSpki(curve.algorithm, Buffer.concat([Buffer.of(4), Buffer.alloc(2 * curve.bytes)])),
      encodeSpki(curveSecp256k1.algorithm, point),
      explicit.publicKey.export({ format: 'der', type: 'spki' }),
      ...[...kinds].flatMap(([name, other]) =>
        name.startsWith('ECC') && name !== keySpec ? other.generate().publicKey : [],
      ),
    ];
    for (const one of wrong) expect(scheme.agree(key, one)).toBeUndefined();
    fc.assert(
      fc.property(fc.nat(publicKey.length * 8 - 1), (bit) => {
        expect(scheme.agree(key, flip(publicKey, bit))).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });
});

describe.each(curves)('a private key of %s', (keySpec, curve) => {
  const kind = pick(kinds, keySpec);
  const { privateKey, publicKey } = kind.generate();
  const scalar = Buffer.alloc(curve.bytes, 1);
  const point = Buffer.from(curve.Point.BASE.multiply(BigInt(`0x${scalar.toString('hex')}`)).toBytes(false));

  function encode(members: {
    readonly version?: number;
    readonly privateKey?: Uint8Array;
    readonly parameters?: Uint8Array;
    readonly publicKey?: Uint8Array;
  }): Buffer {
    return encodePkcs8(curve.algorithm, [
      derSequence(
        derInteger(Buffer.of(members.version ?? 1)),
        { tag: 0x04, contents: members.privateKey ?? scalar },
        ...(members.parameters ? [{ tag: 0xa0, contents: members.parameters }] : []),
        ...(members.publicKey
          ? [{ tag: 0xa1, contents: [{ tag: 0x03, contents: members.publicKey, zeroFirst: true }] }]
          : []),
      ),
    ]);
  }

  it('is canonical as it is made, and as OpenSSL writes it', () => {
    expect(kind.readPrivateKey(privateKey)).toEqual({ privateKey, publicKey });
    const theirs = withFiles({ key: privateKey }, (path) =>
      runOpenssl(['pkcs8', '-topk8', '-nocrypt', '-inform', 'DER', '-outform', 'DER', '-in', path('key')]),
    );
    expect(theirs.equals(privateKey)).toBe(true);
  });

  it('is read the same with and without its curve and its public key', () => {
    const canonical = encode({ publicKey: point });
    const forms = [
      encode({}),
      encode({ parameters: curve.parameters }),
      encode({ parameters: curve.parameters, publicKey: point }),
    ];
    for (const form of forms) expect(kind.readPrivateKey(form)?.privateKey.equals(canonical)).toBe(true);
  });

  it('is refused out of range, in another length, with another curve, public key or version', () => {
    const number = (value: bigint): Buffer => {
      const bytes = Buffer.alloc(curve.bytes);
      writeNumber(bytes, value);
      return bytes;
    };
    const otherCurve = curve === curveP256 ? curveP384 : curveP256;
    const wrong = [
      encode({ privateKey: number(0n) }),
      encode({ privateKey: number(curve.order) }),
      encode({ privateKey: number(curve.order + 1n) }),
      encode({ privateKey: scalar.subarray(1) }),
      encode({ privateKey: Buffer.concat([Buffer.alloc(1), scalar]) }),
      encode({ privateKey: Buffer.alloc(0) }),
      encode({ parameters: otherCurve.parameters }),
      encode({ publicKey: publicKey.subarray(-point.length) }),
      encode({ publicKey: Buffer.alloc(1) }),
      encode({ version: 0 }),
      encode({ version: 2 }),
      encodePkcs8(otherCurve.algorithm, encode({}).subarray(0, -1)),
    ];
    for (const one of wrong) expect(kind.readPrivateKey(one)).toBeUndefined();
    expect(kind.readPrivateKey(encode({ privateKey: number(curve.order - 1n) }))).toBeDefined();
  });

  it('is refused by every other kind of key pair', () => {
    for (const [name, other] of kinds) {
      if (name !== keySpec) expect(other.readPrivateKey(privateKey)).toBeUndefined();
    }
  });
});
