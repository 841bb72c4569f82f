import { checkPrimeSync } from 'node:crypto';
import { secretMemory } from '../secret-memory.ts';
import { type DerReader, readDer } from '../der/der-reader.ts';
import { derTag } from '../der/der-tags.ts';
import { derInteger, derSequence, encodeDer } from '../der/der-writer.ts';
import { encodePkcs8, encodeSpki, readPkcs8 } from './key-encodings.ts';
import type { KeyPair } from './key-pair-kind.ts';
import { invert, readNumber, residue, writeNumber } from './numbers.ts';

/** rsaEncryption with its NULL (RFC 8017, appendix A.1). */
const rsaEncryption = Buffer.from('06092a864886f70d0101010500', 'hex');

/** The members of RSAPrivateKey (RFC 8017, appendix A.1.2), in their order. */
const members = ['n', 'e', 'd', 'p', 'q', 'dP', 'dQ', 'qInv'] as const;
type RsaNumbers = Readonly<Record<(typeof members)[number], bigint>>;

/**
 * Reads an RSA private key and answers it in canonical form: the larger prime first, and d the smallest that there is
 * (FIPS 186-5, section A.1.1, as OpenSSL makes it). Undefined unless the modulus has exactly `modulusBits`, the numbers
 * belong together, and they are sound: FIPS 186-5's bounds for primes of half the length; a public exponent above 2^16
 * and below 2^64, which is where OpenSSL stops for long moduli. Its numbers pass through JavaScript's heap.
 */
export function readRsaPrivateKey(pkcs8: Uint8Array, modulusBits: number): KeyPair | undefined {
  const info = readPkcs8(pkcs8, rsaEncryption);
  if (info === undefined) return undefined;
  const given = readDer(info.privateKey, readNumbers);
  if (given === undefined || !hasSoundSizes(given, modulusBits)) return undefined;
  const numbers = completeNumbers(given.e, given.p, given.q);
  if (numbers === undefined || !belongTogether(given, numbers)) return undefined;
  if (!isPrime(numbers.p, modulusBits) || !isPrime(numbers.q, modulusBits)) return undefined;
  const publicKey = encodePublicKey(numbers, modulusBits);
  if (info.publicKey !== undefined && !publicKey.rsaPublicKey.equals(info.publicKey)) return undefined;
  return { privateKey: encodePrivateKey(numbers, modulusBits), publicKey: publicKey.spki };
}

function readNumbers(reader: DerReader): RsaNumbers {
  return reader.inside(derTag.sequence, (key) => {
    // Version 0: two primes.
    if (key.unsignedInteger().length !== 0) key.refuse();
    const next = (): bigint => readNumber(key.unsignedInteger());
    return { n: next(), e: next(), d: next(), p: next(), q: next(), dP: next(), dQ: next(), qInv: next() };
  });
}

function hasSoundSizes({ n, e, p, q }: RsaNumbers, modulusBits: number): boolean {
  const bits = BigInt(modulusBits);
  if (n >> (bits - 1n) !== 1n || e <= 1n << 16n || e >= 1n << 64n || (e & 1n) === 0n) return false;
  // FIPS 186-5, section A.1.1: the primes are not close to each other. With n's length, each has half of it.
  const half = bits / 2n;
  const distance = p > q ? p - q : q - p;
  return p >> (half - 1n) === 1n && q >> (half - 1n) === 1n && distance >> (half - 100n) !== 0n;
}

/** All numbers of the key, from its primes; undefined where e has no inverse. */
function completeNumbers(e: bigint, one: bigint, other: bigint): RsaNumbers | undefined {
  const [p, q] = one > other ? [one, other] : [other, one];
  const order = ((p - 1n) * (q - 1n)) / greatestCommonDivisor(p - 1n, q - 1n);
  const d = invert(e, order);
  const qInv = invert(q, p);
  if (d === undefined || qInv === undefined) return undefined;
  return { n: p * q, e, d, p, q, dP: d % (p - 1n), dQ: d % (q - 1n), qInv };
}

/** Whether what was given is the same key: any d that undoes e, and the primes in either order. */
function belongTogether(given: RsaNumbers, key: RsaNumbers): boolean {
  if (given.n !== key.n || given.d >= given.n) return false;
  const undoes = (d: bigint, prime: bigint): boolean => residue(d - key.d, prime - 1n) === 0n;
  return (
    undoes(given.d, given.p) &&
    undoes(given.d, given.q) &&
    given.dP === given.d % (given.p - 1n) &&
    given.dQ === given.d % (given.q - 1n) &&
    given.qInv < given.p &&
    residue(given.qInv * given.q, given.p) === 1n
  );
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [larger, smaller] = [a, b];
  while (smaller !== 0n) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}

function isPrime(number: bigint, modulusBits: number): boolean {
  const bytes = toBytes(number, modulusBits);
  const prime = checkPrimeSync(bytes);
  bytes.fill(0);
  return prime;
}

function toBytes(number: bigint, modulusBits: number): Buffer {
  const bytes = secretMemory(modulusBits / 8);
  writeNumber(bytes, number);
  return bytes;
}

function encodePrivateKey(numbers: RsaNumbers, modulusBits: number): Buffer {
  const integers = members.map((member) => toBytes(numbers[member], modulusBits));
  const version = derInteger(new Uint8Array(0));
  const encoded = encodePkcs8(rsaEncryption, [derSequence(version, ...integers.map(derInteger))]);
  for (const integer of integers) integer.fill(0);
  return encoded;
}

function encodePublicKey({ n, e }: RsaNumbers, modulusBits: number): { rsaPublicKey: Buffer; spki: Buffer } {
  const integers = [n, e].map((number) => derInteger(toBytes(number, modulusBits)));
  const rsaPublicKey = encodeDer(derSequence(...integers));
  return { rsaPublicKey, spki: encodeSpki(rsaEncryption, rsaPublicKey) };
}
