import { checkPrimeSync, createPrivateKey, generatePrimeSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { rsa2048, rsa3072, rsa4096 } from '../index.ts';
import { derInteger, derSequence } from '../der/der-writer.ts';
import { encodePkcs8 } from './key-encodings.ts';
import { hex, kinds } from './key-pairs.test-support.ts';
import { invert, readNumber, writeNumber } from './numbers.ts';

const rsaEncryption = hex('06092a864886f70d0101010500');
const pkcs8 = rsa2048.generate().privateKey;

interface Numbers {
  readonly version: bigint;
  readonly n: bigint;
  readonly e: bigint;
  readonly d: bigint;
  readonly p: bigint;
  readonly q: bigint;
  readonly dP: bigint;
  readonly dQ: bigint;
  readonly qInv: bigint;
}

function member(jwkMember: string | undefined): bigint {
  return readNumber(Buffer.from(jwkMember ?? '', 'base64url'));
}

function inverse(number: bigint, modulus: bigint): bigint {
  const found = invert(number, modulus);
  if (found === undefined) throw new Error('There is no inverse');
  return found;
}

/** Every number of a key that is consistent, whether or not it is sound. */
function complete(p: bigint, q: bigint, e: bigint): Numbers {
  const d = inverse(e, (p - 1n) * (q - 1n));
  return { version: 0n, n: p * q, e, d, p, q, dP: d % (p - 1n), dQ: d % (q - 1n), qInv: inverse(q, p) };
}

function encodeRsaPrivateKey({ version, n, e, d, p, q, dP, dQ, qInv }: Numbers): Buffer {
  const integers = [version, n, e, d, p, q, dP, dQ, qInv].map((number) => {
    const bytes = Buffer.alloc(600);
    writeNumber(bytes, number);
    return derInteger(bytes);
  });
  return encodePkcs8(rsaEncryption, [derSequence(...integers)]);
}

const jwk = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }).export({ format: 'jwk' });
const [p, q] = [member(jwk.p), member(jwk.q)];
const sound = complete(p, q, 65537n);

/** The first public exponent from `from` on that the primes allow. */
function exponentFrom(from: bigint): bigint {
  let e = from;
  while (invert(e, (p - 1n) * (q - 1n)) === undefined) e += 2n;
  return e;
}

/** A private exponent that undoes e for the first prime and not for the other, with all that depends on it. */
function exponentFor(one: bigint): Partial<Numbers> {
  const d = sound.d + one - 1n;
  return { d, dP: d % (p - 1n), dQ: d % (q - 1n) };
}

describe('an RSA private key', () => {
  it.each([
    ['RSA_2048', rsa2048, 2048],
    ['RSA_3072', rsa3072, 3072],
    ['RSA_4096', rsa4096, 4096],
  ])('of %s is made with its modulus length and 65537, and is canonical', (_name, kind, modulusLength) => {
    const { privateKey, publicKey } = kind.generate();
    const details = createPrivateKey({ key: privateKey, format: 'der', type: 'pkcs8' }).asymmetricKeyDetails;
    expect(details).toEqual({ modulusLength, publicExponent: 65537n });
    expect(kind.readPrivateKey(privateKey)).toEqual({ privateKey, publicKey });
  });

  it('is read in canonical form, whatever the order of its primes and whichever its d', () => {
    expect(rsa2048.readPrivateKey(pkcs8)?.privateKey.equals(pkcs8)).toBe(true);
    const swapped = { ...sound, p: q, q: p, dP: sound.dQ, dQ: sound.dP, qInv: inverse(p, q) };
    for (const numbers of [sound, swapped]) {
      expect(rsa2048.readPrivateKey(encodeRsaPrivateKey(numbers))?.privateKey.equals(pkcs8)).toBe(true);
    }
  });

  it('is read with the smallest public exponent that FIPS 186-5 allows', () => {
    const numbers = complete(p, q, exponentFrom(65537n + 2n));
    expect(rsa2048.readPrivateKey(encodeRsaPrivateKey(numbers))).toBeDefined();
  });

  it.each<readonly [string, Partial<Numbers>]>([
    ['more than two primes announced', { version: 1n }],
    ['another modulus', { n: sound.n + 2n }],
    ['another private exponent', { d: sound.d + 2n }],
    ['a private exponent for one prime only', exponentFor(p)],
    ['a private exponent for the other prime only', exponentFor(q)],
    ['a private exponent of zero', { d: 0n }],
    ['a private exponent above the modulus', { d: sound.d + (p - 1n) * (q - 1n) * 2n }],
    ['another dP', { dP: sound.dP + 1n }],
    ['another dQ', { dQ: sound.dQ + 1n }],
    ['dP not reduced', { dP: sound.dP + p - 1n }],
    ['another coefficient', { qInv: sound.qInv + 1n }],
    ['a coefficient not reduced', { qInv: sound.qInv + p }],
    ['a prime that is no factor', { p: p + 2n }],
    ['the factors n and 1', { p: sound.n, q: 1n, dP: sound.d, dQ: 0n, qInv: 1n }],
    ['a factor of zero', { q: 0n }],
    ['twice the same prime', { ...sound, n: p * p, q: p }],
    ['a public exponent of 3', complete(p, q, exponentFrom(3n))],
    ['a public exponent of 2^64 and more', complete(p, q, exponentFrom((1n << 64n) + 1n))],
    ['an even public exponent', { e: 65538n }],
  ])('is refused with %s', (_what, numbers) => {
    expect(rsa2048.readPrivateKey(encodeRsaPrivateKey({ ...sound, ...numbers }))).toBeUndefined();
  });

  it('is refused where a factor is composite and everything else fits', () => {
    let numbers: Numbers | undefined;
    while (numbers === undefined) {
      const [a, b] = [512, 512].map((bits) => generatePrimeSync(bits, { bigint: true }));
      const composite = (a ?? 0n) * (b ?? 0n);
      const fits = composite >> 1023n === 1n && (composite * q) >> 2047n === 1n;
      if (fits && invert(65537n, (composite - 1n) * (q - 1n)) !== undefined)
        numbers = complete(composite, q, 65537n);
    }
    expect(rsa2048.readPrivateKey(encodeRsaPrivateKey(numbers))).toBeUndefined();
  });

  it('is refused where the primes are close to each other', () => {
    let close = p;
    do close += 2n;
    while (!checkPrimeSync(close) || invert(65537n, close - 1n) === undefined);
    const numbers = complete(close, p, 65537n);
    expect(numbers.n >> 2047n).toBe(1n);
    expect(rsa2048.readPrivateKey(encodeRsaPrivateKey(numbers))).toBeUndefined();
  });

  it('is refused by every other kind of key pair', () => {
    for (const [name, kind] of kinds) {
      if (name !== 'RSA_2048') expect(kind.readPrivateKey(pkcs8)).toBeUndefined();
    }
  });

  it('is refused as a key for RSASSA-PSS alone, and without the parameters of its algorithm', () => {
    const rsaPrivateKey = pkcs8.subarray(26);
    expect(encodePkcs8(rsaEncryption, rsaPrivateKey).equals(pkcs8)).toBe(true);
    for (const algorithm of [
      '06092a864886f70d01010a',
      '06092a864886f70d01010a0500',
      '06092a864886f70d010101',
    ]) {
      expect(rsa2048.readPrivateKey(encodePkcs8(hex(algorithm), rsaPrivateKey))).toBeUndefined();
    }
  });
});
