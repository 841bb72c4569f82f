import { createHash, createPrivateKey } from 'node:crypto';
import { ed25519, ed25519ph } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eccNistEdwards25519 } from '../index.ts';
import { derOctetString } from '../der/der-writer.ts';
import { encodePkcs8, encodeSpki } from './key-encodings.ts';
import { flip, hex, kinds, pick, readVectors } from './key-pairs.test-support.ts';
import { opensslVerifies, runOpenssl, withFiles } from './openssl.test-support.ts';

interface Vector {
  readonly algorithm: string;
  readonly publicKey: string;
  readonly message: string;
  readonly signature: string;
  readonly privateKey: string;
}

const { rfc8032 } = readVectors('ed25519.json') as { readonly rfc8032: readonly Vector[] };
const idEd25519 = hex('06032b6570');
const kind = eccNistEdwards25519;
const pure = pick(kind.signing, 'ED25519_SHA_512');
const prehashed = pick(kind.signing, 'ED25519_PH_SHA_512');
const { privateKey: pkcs8, publicKey: spki } = kind.generate();
const privateKey = kind.openPrivateKey(pkcs8);
const publicKey = kind.openPublicKey(spki);
const seed = pkcs8.subarray(16);
const message = Buffer.from('a message');
const digest = createHash('sha512').update(message).digest();

describe('Ed25519', () => {
  it.each(rfc8032.filter((one) => one.algorithm === 'ED25519_SHA_512'))(
    'signs as RFC 8032 has it: $message',
    (vector) => {
      using key = kind.openPrivateKey(hex(vector.privateKey));
      expect(pure.sign(key, 'RAW', hex(vector.message)).toString('hex')).toBe(vector.signature);
      const other = kind.openPublicKey(encodeSpki(idEd25519, hex(vector.publicKey)));
      expect(pure.verify(other, 'RAW', hex(vector.message), hex(vector.signature))).toBe(true);
      expect(kind.readPrivateKey(hex(vector.privateKey))?.publicKey.subarray(12).toString('hex')).toBe(
        vector.publicKey,
      );
    },
  );

  it('signs as noble does, and OpenSSL verifies it', () => {
    const signature = pure.sign(privateKey, 'RAW', message);
    expect(signature.equals(ed25519.sign(message, seed))).toBe(true);
    withFiles({ key: pkcs8, message, signature }, (path) => {
      const common = ['-inkey', path('key'), '-keyform', 'DER', '-rawin', '-in', path('message')];
      expect(opensslVerifies(['pkeyutl', '-verify', ...common, '-sigfile', path('signature')])).toBe(true);
      expect(runOpenssl(['pkeyutl', '-sign', ...common]).equals(signature)).toBe(true);
    });
  });

  it('takes messages only, and Ed25519ph digests of 64 bytes only: a RangeError otherwise', () => {
    expect([...pure.messageTypes]).toEqual([['RAW', undefined]]);
    expect([...prehashed.messageTypes]).toEqual([['DIGEST', 64]]);
    expect(() => pure.sign(privateKey, 'DIGEST', digest)).toThrow(RangeError);
    expect(() => pure.verify(publicKey, 'EXTERNAL_MU', digest, Buffer.alloc(64))).toThrow(RangeError);
    expect(() => prehashed.sign(privateKey, 'RAW', digest)).toThrow(RangeError);
    expect(() => prehashed.sign(privateKey, 'DIGEST', digest.subarray(1))).toThrow(RangeError);
    expect(() => prehashed.verify(publicKey, 'DIGEST', Buffer.alloc(65), Buffer.alloc(64))).toThrow(
      RangeError,
    );
  });
});

describe('Ed25519ph', () => {
  const rfc = rfc8032.find((one) => one.algorithm === 'ED25519_PH_SHA_512');

  it('as noble has it gives the signature of RFC 8032, section 7.3', () => {
    const signature = ed25519ph.sign(hex(rfc?.message ?? ''), hex(rfc?.privateKey ?? '').subarray(16));
    expect(Buffer.from(signature).toString('hex')).toBe(rfc?.signature);
  });

  it('takes the 64 bytes as the message, so that they are hashed once more', () => {
    const signature = prehashed.sign(privateKey, 'DIGEST', digest);
    expect(signature.equals(ed25519ph.sign(digest, seed))).toBe(true);
    expect(signature.equals(ed25519ph.sign(message, seed))).toBe(false);
    expect(prehashed.verify(publicKey, 'DIGEST', digest, signature)).toBe(true);
  });

  it('follows RFC 8032 as written out: R and s of the domain separator, the key and the twice hashed message', () => {
    const signature = prehashed.sign(privateKey, 'DIGEST', digest);
    const dom2 = Buffer.concat([Buffer.from('SigEd25519 no Ed25519 collisions'), Buffer.of(1, 0)]);
    const challenge = createHash('sha512')
      .update(dom2)
      .update(signature.subarray(0, 32))
      .update(spki.subarray(12))
      .update(createHash('sha512').update(digest).digest())
      .digest();
    const number = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
    const { Point } = ed25519;
    const left = Point.BASE.multiplyUnsafe(number(signature.subarray(32)));
    const challengeNumber = number(challenge) % Point.Fn.ORDER;
    const right = Point.fromBytes(signature.subarray(0, 32)).add(
      Point.fromBytes(spki.subarray(12)).multiplyUnsafe(challengeNumber),
    );
    expect(left.equals(right)).toBe(true);
  });

  it('and Ed25519 refuse the signatures of each other', () => {
    expect(prehashed.verify(publicKey, 'DIGEST', digest, pure.sign(privateKey, 'RAW', digest))).toBe(false);
    expect(pure.verify(publicKey, 'RAW', digest, prehashed.sign(privateKey, 'DIGEST', digest))).toBe(false);
  });
});

describe('signatures of Edwards25519', () => {
  const signatures = [
    pure.sign(privateKey, 'RAW', digest),
    prehashed.sign(privateKey, 'DIGEST', digest),
  ] as const;

  function verifyBoth(signature: Uint8Array): readonly boolean[] {
    return [
      pure.verify(publicKey, 'RAW', digest, signature),
      prehashed.verify(publicKey, 'DIGEST', digest, signature),
    ];
  }

  it('are refused with any bit changed, in another length, and as garbage', () => {
    for (const signature of signatures) {
      for (let bit = 0; bit < 512; bit += 17)
        expect(verifyBoth(flip(signature, bit))).toEqual([false, false]);
      const malformed = [
        Buffer.alloc(0),
        signature.subarray(1),
        signature.subarray(0, 63),
        Buffer.concat([signature, Buffer.alloc(1)]),
        Buffer.alloc(64),
        Buffer.alloc(64, 0xff),
      ];
      for (const wrong of malformed) expect(verifyBoth(wrong)).toEqual([false, false]);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (garbage) => {
        expect(verifyBoth(garbage)).toEqual([false, false]);
      }),
      { numRuns: 30 },
    );
  });

  it('with a prehash are refused under a public key of small order, which fits any message', () => {
    const identity = Buffer.alloc(32);
    identity[0] = 1;
    const key = kind.openPublicKey(encodeSpki(idEd25519, identity));
    const signature = Buffer.concat([identity, Buffer.alloc(32)]);
    expect(prehashed.verify(key, 'DIGEST', digest, signature)).toBe(false);
  });

  it('are refused with the order added to s (RFC 8032, section 5.1.7)', () => {
    const order = hex('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010');
    for (const signature of signatures) {
      const malleated = Buffer.from(signature);
      let carry = 0;
      for (let at = 0; at < 32; at++) {
        carry += (malleated[32 + at] ?? 0) + (order[at] ?? 0);
        malleated[32 + at] = carry & 0xff;
        carry >>= 8;
      }
      expect(verifyBoth(malleated)).toEqual([false, false]);
    }
  });
});

describe('a private key of Edwards25519', () => {
  it('is canonical as it is made', () => {
    expect(kind.readPrivateKey(pkcs8)).toEqual({ privateKey: pkcs8, publicKey: spki });
    const theirs = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
    expect(theirs.export({ format: 'der', type: 'pkcs8' }).equals(pkcs8)).toBe(true);
  });

  it('is read in the second version with attributes and its public key, as in RFC 8410, section 10.3', () => {
    const example = Buffer.from(
      'MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhCoB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJz' +
        'gSEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=',
      'base64',
    );
    const read = kind.readPrivateKey(example);
    expect(read?.publicKey.subarray(12).toString('hex')).toBe(example.subarray(-32).toString('hex'));
    expect(read?.privateKey.subarray(16).equals(example.subarray(16, 48))).toBe(true);
    expect(kind.readPrivateKey(flip(example, example.length * 8 - 1))).toBeUndefined();
  });

  it('is refused with a seed of another length, bytes after it, or for another algorithm', () => {
    const wrong = [
      encodePkcs8(idEd25519, [derOctetString(Buffer.alloc(31, 1))]),
      encodePkcs8(idEd25519, [derOctetString(Buffer.alloc(33, 1))]),
      encodePkcs8(idEd25519, Buffer.alloc(32, 1)),
      encodePkcs8(idEd25519, Buffer.concat([pkcs8.subarray(14), Buffer.alloc(1)])),
      encodePkcs8(hex('06032b65700500'), [derOctetString(seed)]),
      encodePkcs8(hex('06032b656e'), [derOctetString(seed)]),
      encodePkcs8(hex('06032b6571'), [derOctetString(seed)]),
      Buffer.concat([pkcs8, Buffer.alloc(1)]),
      seed,
    ];
    for (const one of wrong) expect(kind.readPrivateKey(one)).toBeUndefined();
  });

  it('is refused by every other kind of key pair', () => {
    for (const [name, other] of kinds) {
      if (other !== kind) expect([name, other.readPrivateKey(pkcs8)]).toEqual([name, undefined]);
    }
  });
});
