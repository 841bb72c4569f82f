import { ml_kem1024, ml_kem512, ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import type { KEM } from '@noble/post-quantum/utils.js';
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

interface DecapsulationVector {
  readonly parameterSet: string;
  readonly expandedKey: string;
  readonly ciphertext: string;
  readonly sharedSecret: string;
  readonly note: string;
}

const vectors = readVectors('ml-kem.json') as {
  readonly keyGeneration: readonly KeyVector[];
  readonly decapsulation: readonly DecapsulationVector[];
};

const parameterSets: readonly (readonly [string, string, KEM, number])[] = [
  ['ML-KEM-512', '0609608648016503040401', ml_kem512, 768],
  ['ML-KEM-768', '0609608648016503040402', ml_kem768, 1088],
  ['ML-KEM-1024', '0609608648016503040403', ml_kem1024, 1568],
];

describe.each(parameterSets)('%s', (parameterSet, oid, noble, ciphertextBytes) => {
  const algorithm = hex(oid);
  const kind = pick(kinds, parameterSet.replaceAll('-', '_'));
  const scheme = pick(kind.encapsulation, 'ML_KEM');
  const { privateKey: pkcs8, publicKey: spki } = kind.generate();
  const privateKey = kind.openPrivateKey(pkcs8);
  const publicKey = kind.openPublicKey(spki);
  const publicBytes = spki.subarray(22);
  const known = vectors.keyGeneration.find((one) => one.parameterSet === parameterSet);
  const expandedKey = hex(known?.expandedKey ?? '');
  const seed = hex(known?.privateKey ?? '').subarray(22);
  const expandedForm = encodePkcs8(algorithm, [derOctetString(expandedKey)]);
  const bothForm = (one: Uint8Array, other: Uint8Array): Buffer =>
    encodePkcs8(algorithm, [{ tag: 0x30, contents: [derOctetString(one), derOctetString(other)] }]);

  it('makes the key pair of the seed that ACVP has, whichever form it is read in', () => {
    const seedForm = hex(known?.privateKey ?? '');
    const pair = kind.readPrivateKey(seedForm);
    expect(pair?.publicKey.subarray(22).toString('hex')).toBe(known?.publicKey.toLowerCase());
    expect(pair?.privateKey.equals(seedForm)).toBe(true);
    expect(kind.readPrivateKey(bothForm(seed, expandedKey))?.privateKey.equals(seedForm)).toBe(true);
    expect(kind.readPrivateKey(expandedForm)).toEqual({
      privateKey: expandedForm,
      publicKey: pair?.publicKey,
    });
  });

  it.each(vectors.decapsulation.filter((one) => one.parameterSet === parameterSet))(
    'ACVP: $note',
    (vector) => {
      const form = encodePkcs8(algorithm, [derOctetString(hex(vector.expandedKey))]);
      expect(kind.readPrivateKey(form)).toBeDefined();
      using key = kind.openPrivateKey(form);
      const secret = scheme.decapsulate(key, hex(vector.ciphertext));
      expect(secret?.toString('hex')).toBe(vector.sharedSecret.toLowerCase());
    },
  );

  it('gives the same secret to both sides, and another each time', () => {
    const [one, other] = [scheme.encapsulate(publicKey), scheme.encapsulate(publicKey)];
    expect(one.ciphertext.length).toBe(ciphertextBytes);
    expect(scheme.ciphertextBytes).toBe(ciphertextBytes);
    expect(one.sharedSecret.length).toBe(32);
    expect(scheme.decapsulate(privateKey, one.ciphertext)).toEqual(one.sharedSecret);
    expect(one.sharedSecret.equals(other.sharedSecret)).toBe(false);
    expect(one.ciphertext.equals(other.ciphertext)).toBe(false);
  });

  it('agrees with noble in both directions, implicit rejection included', () => {
    const { secretKey } = noble.keygen(pkcs8.subarray(22));
    const theirs = noble.encapsulate(publicBytes);
    expect(scheme.decapsulate(privateKey, theirs.cipherText)?.equals(theirs.sharedSecret)).toBe(true);
    const ours = scheme.encapsulate(publicKey);
    expect(ours.sharedSecret.equals(noble.decapsulate(ours.ciphertext, secretKey))).toBe(true);
    const changed = flip(ours.ciphertext, 0);
    expect(scheme.decapsulate(privateKey, changed)?.equals(noble.decapsulate(changed, secretKey))).toBe(true);
  });

  it('gives another secret, always the same one, for a changed ciphertext: implicit rejection', () => {
    const { ciphertext, sharedSecret } = scheme.encapsulate(publicKey);
    fc.assert(
      fc.property(fc.nat(ciphertextBytes * 8 - 1), (bit) => {
        const rejected = scheme.decapsulate(privateKey, flip(ciphertext, bit));
        expect(rejected?.length).toBe(32);
        expect(rejected?.equals(sharedSecret)).toBe(false);
        expect(scheme.decapsulate(privateKey, flip(ciphertext, bit))).toEqual(rejected);
      }),
      { numRuns: 25 },
    );
  });

  it('refuses a ciphertext of any other length', () => {
    const { ciphertext } = scheme.encapsulate(publicKey);
    for (const wrong of [
      Buffer.alloc(0),
      ciphertext.subarray(1),
      Buffer.concat([ciphertext, Buffer.alloc(1)]),
      Buffer.alloc(32),
      Buffer.alloc(6144),
    ]) {
      expect(scheme.decapsulate(privateKey, wrong)).toBeUndefined();
    }
  });

  it('refuses a private key whose expanded key is not of the seed, is damaged, or has another length', () => {
    const stranger = Buffer.from(noble.keygen(Buffer.alloc(64, 1)).secretKey);
    const hashAt = expandedKey.length - 64;
    const wrong = [
      bothForm(flip(seed, 0), expandedKey),
      bothForm(seed, stranger),
      bothForm(expandedKey, seed),
      // z, of which nothing public depends.
      bothForm(seed, flip(expandedKey, expandedKey.length * 8 - 1)),
      encodePkcs8(algorithm, [{ tag: 0x80, contents: seed.subarray(1) }]),
      encodePkcs8(algorithm, [derOctetString(seed)]),
      encodePkcs8(algorithm, [derOctetString(expandedKey.subarray(1))]),
      // The vector s, the public key inside, and its hash (FIPS 203, section 7.3).
      ...[100, hashAt - 100, hashAt].map((at) =>
        encodePkcs8(algorithm, [derOctetString(flip(expandedKey, at * 8))]),
      ),
    ];
    for (const one of wrong) expect(kind.readPrivateKey(one)).toBeUndefined();
  });

  it('refuses a public key with a coefficient that is not reduced (FIPS 203, section 7.2)', () => {
    expect(() => kind.openPublicKey(encodeSpki(algorithm, Buffer.alloc(publicBytes.length, 0xff)))).toThrow();
  });
});
