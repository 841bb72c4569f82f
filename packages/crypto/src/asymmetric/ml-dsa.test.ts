import { createHash } from 'node:crypto';
import { type DSA, ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { derOctetString } from '../der/der-writer.ts';
import { encodePkcs8, encodeSpki } from './key-encodings.ts';
import { flip, hex, kinds, pick, readVectors } from './key-pairs.test-support.ts';

interface KeyVector {
  readonly parameterSet: string;
  readonly publicKey: string;
  readonly expandedKey: string;
  readonly privateKey: string;
}

interface SignatureVector {
  readonly note: string;
  readonly message: string;
  readonly signature: string;
  readonly valid: boolean;
}

const vectors = readVectors('ml-dsa.json') as {
  readonly keyGeneration: readonly KeyVector[];
  readonly externalMu: readonly (SignatureVector & {
    readonly parameterSet: string;
    readonly publicKey: string;
  })[];
  readonly wycheproof: readonly {
    readonly parameterSet: string;
    readonly publicKey: string;
    readonly tests: readonly SignatureVector[];
  }[];
};

const parameterSets: readonly (readonly [string, string, DSA, number])[] = [
  ['ML-DSA-44', '0609608648016503040311', ml_dsa44, 2420],
  ['ML-DSA-65', '0609608648016503040312', ml_dsa65, 3309],
  ['ML-DSA-87', '0609608648016503040313', ml_dsa87, 4627],
];

/** FIPS 204, algorithms 2 and 7: mu = H(H(pk) || 0 || |ctx| = 0 || M). */
function muOf(publicKey: Uint8Array, message: Uint8Array): Buffer {
  const tr = createHash('shake256', { outputLength: 64 }).update(publicKey).digest();
  return createHash('shake256', { outputLength: 64 })
    .update(tr)
    .update(Buffer.alloc(2))
    .update(message)
    .digest();
}

describe.each(parameterSets)('%s', (parameterSet, oid, noble, signatureBytes) => {
  const algorithm = hex(oid);
  const kind = pick(kinds, parameterSet.replaceAll('-', '_'));
  const scheme = pick(kind.signing, 'ML_DSA_SHAKE_256');
  const { privateKey: pkcs8, publicKey: spki } = kind.generate();
  const privateKey = kind.openPrivateKey(pkcs8);
  const publicKey = kind.openPublicKey(spki);
  const publicBytes = spki.subarray(22);
  const message = Buffer.from('a message');
  const mu = muOf(publicBytes, message);
  const known = vectors.keyGeneration.find((one) => one.parameterSet === parameterSet);
  const expandedKey = hex(known?.expandedKey ?? '');
  const seed = hex(known?.privateKey ?? '').subarray(22);
  const seedForm = encodePkcs8(algorithm, [{ tag: 0x80, contents: seed }]);
  const expandedForm = encodePkcs8(algorithm, [derOctetString(expandedKey)]);
  const bothForm = (one: Uint8Array, other: Uint8Array): Buffer =>
    encodePkcs8(algorithm, [{ tag: 0x30, contents: [derOctetString(one), derOctetString(other)] }]);

  it('makes the key pair of the seed that ACVP has, whichever form it is read in', () => {
    const { privateKey: own, publicKey: pair } = kind.readPrivateKey(hex(known?.privateKey ?? '')) ?? {};
    expect(pair?.subarray(22).toString('hex')).toBe(known?.publicKey.toLowerCase());
    expect(own?.equals(seedForm)).toBe(true);
    expect(kind.readPrivateKey(bothForm(seed, expandedKey))?.privateKey.equals(seedForm)).toBe(true);
    const expandedOnly = kind.readPrivateKey(expandedForm);
    expect(expandedOnly?.privateKey.equals(expandedForm)).toBe(true);
    expect(expandedOnly?.publicKey.equals(pair ?? Buffer.alloc(0))).toBe(true);
    expect(Buffer.from(noble.keygen(seed).secretKey).equals(expandedKey)).toBe(true);
  });

  it.each(vectors.externalMu.filter((one) => one.parameterSet === parameterSet))(
    'external mu, ACVP: $note',
    (vector) => {
      const key = kind.openPublicKey(encodeSpki(algorithm, hex(vector.publicKey)));
      expect(scheme.verify(key, 'EXTERNAL_MU', hex(vector.message), hex(vector.signature))).toBe(
        vector.valid,
      );
    },
  );

  const groups = vectors.wycheproof.filter((one) => one.parameterSet === parameterSet);
  it.each(groups.flatMap(({ tests, publicKey: key }) => tests.map((one) => ({ ...one, publicKey: key }))))(
    'messages and their mu, Wycheproof: $note',
    (vector) => {
      const key = kind.openPublicKey(encodeSpki(algorithm, hex(vector.publicKey)));
      const bytes = hex(vector.message);
      const signature = hex(vector.signature);
      expect(scheme.verify(key, 'RAW', bytes, signature)).toBe(vector.valid);
      const representative = muOf(hex(vector.publicKey), bytes);
      expect(scheme.verify(key, 'EXTERNAL_MU', representative, signature)).toBe(vector.valid);
    },
  );

  it('signs a message and its mu so that OpenSSL and noble verify both as both', () => {
    const signatures = [scheme.sign(privateKey, 'RAW', message), scheme.sign(privateKey, 'EXTERNAL_MU', mu)];
    for (const signature of signatures) {
      expect(signature.length).toBe(signatureBytes);
      expect(scheme.verify(publicKey, 'RAW', message, signature)).toBe(true);
      expect(scheme.verify(publicKey, 'EXTERNAL_MU', mu, signature)).toBe(true);
      expect(noble.verify(signature, message, publicBytes)).toBe(true);
      expect(scheme.verify(publicKey, 'RAW', mu, signature)).toBe(false);
    }
  });

  it('signs with an expanded key as with a seed', () => {
    const key = kind.openPublicKey(encodeSpki(algorithm, hex(known?.publicKey ?? '')));
    using expanded = kind.openPrivateKey(expandedForm);
    const ownMu = muOf(hex(known?.publicKey ?? ''), message);
    for (const signature of [
      scheme.sign(expanded, 'RAW', message),
      scheme.sign(expanded, 'EXTERNAL_MU', ownMu),
    ]) {
      expect(scheme.verify(key, 'RAW', message, signature)).toBe(true);
    }
  });

  it('is hedged: no two signatures are the same', () => {
    const raw = [0, 1].map(() => scheme.sign(privateKey, 'RAW', message).toString('hex'));
    const external = [0, 1].map(() => scheme.sign(privateKey, 'EXTERNAL_MU', mu).toString('hex'));
    expect(new Set([...raw, ...external]).size).toBe(4);
  });

  it('refuses changed signatures, other lengths and garbage in both message types', () => {
    const signature = scheme.sign(privateKey, 'RAW', message);
    const malformed = [
      Buffer.alloc(0),
      signature.subarray(1),
      Buffer.concat([signature, Buffer.alloc(1)]),
      Buffer.alloc(signatureBytes),
      Buffer.alloc(signatureBytes, 0xff),
      ...Array.from({ length: 12 }, (_, i) => flip(signature, i * 1723)),
      flip(signature, signatureBytes * 8 - 1),
    ];
    for (const wrong of malformed) {
      expect(scheme.verify(publicKey, 'RAW', message, wrong)).toBe(false);
      expect(scheme.verify(publicKey, 'EXTERNAL_MU', mu, wrong)).toBe(false);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (garbage) => {
        expect(scheme.verify(publicKey, 'RAW', message, garbage)).toBe(false);
        expect(scheme.verify(publicKey, 'EXTERNAL_MU', mu, garbage)).toBe(false);
      }),
      { numRuns: 20 },
    );
  });

  it('takes no digest, and a mu of 64 bytes only: a RangeError otherwise', () => {
    expect([...scheme.messageTypes]).toEqual([
      ['RAW', undefined],
      ['EXTERNAL_MU', 64],
    ]);
    expect(() => scheme.sign(privateKey, 'DIGEST', mu)).toThrow(RangeError);
    expect(() => scheme.sign(privateKey, 'EXTERNAL_MU', mu.subarray(1))).toThrow(RangeError);
    expect(() => scheme.verify(publicKey, 'EXTERNAL_MU', Buffer.alloc(65), Buffer.alloc(0))).toThrow(
      RangeError,
    );
  });

  it('refuses a private key whose expanded key is not the one of the seed, is damaged, or has another length', () => {
    const wrong = [
      bothForm(flip(seed, 0), expandedKey),
      bothForm(seed, Buffer.from(noble.keygen(Buffer.alloc(32, 1)).secretKey)),
      // K, of which nothing public depends.
      bothForm(seed, flip(expandedKey, 32 * 8)),
      bothForm(expandedKey, seed),
      encodePkcs8(algorithm, [{ tag: 0x80, contents: seed.subarray(1) }]),
      encodePkcs8(algorithm, [derOctetString(seed)]),
      encodePkcs8(algorithm, [derOctetString(expandedKey.subarray(1))]),
      encodePkcs8(algorithm, seed),
      // tr, the vectors s1 and s2, and t0, of FIPS 204, algorithm 24.
      ...[64, 128, 700, 1200, expandedKey.length - 1].map((at) =>
        encodePkcs8(algorithm, [derOctetString(flip(expandedKey, at * 8))]),
      ),
    ];
    for (const one of wrong) expect(kind.readPrivateKey(one)).toBeUndefined();
  });
});
