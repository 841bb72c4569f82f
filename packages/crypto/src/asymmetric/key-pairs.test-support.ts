import { readFileSync } from 'node:fs';
import {
  eccNistEdwards25519,
  eccNistP256,
  eccNistP384,
  eccNistP521,
  eccSecgP256k1,
  type KeyPairKind,
  mlDsa44,
  mlDsa65,
  mlDsa87,
  mlKem1024,
  mlKem512,
  mlKem768,
  rsa2048,
  rsa3072,
  rsa4096,
  sm2,
} from '../index.ts';

/** Every kind of key pair by its key spec. */
export const kinds: ReadonlyMap<string, KeyPairKind> = new Map([
  ['RSA_2048', rsa2048],
  ['RSA_3072', rsa3072],
  ['RSA_4096', rsa4096],
  ['ECC_NIST_P256', eccNistP256],
  ['ECC_NIST_P384', eccNistP384],
  ['ECC_NIST_P521', eccNistP521],
  ['ECC_SECG_P256K1', eccSecgP256k1],
  ['ECC_NIST_EDWARDS25519', eccNistEdwards25519],
  ['ML_DSA_44', mlDsa44],
  ['ML_DSA_65', mlDsa65],
  ['ML_DSA_87', mlDsa87],
  ['ML_KEM_512', mlKem512],
  ['ML_KEM_768', mlKem768],
  ['ML_KEM_1024', mlKem1024],
  ['SM2', sm2],
]);

/** The vectors in a file of `vectors/`, as JSON has them. */
export function readVectors(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../../../vectors/${file}`, import.meta.url), 'utf8'));
}

export function hex(digits: string): Buffer {
  return Buffer.from(digits, 'hex');
}

/** The value under the key; a missing one is a mistake of the test. */
export function pick<T>(map: ReadonlyMap<string, T>, key: string): T {
  const value = map.get(key);
  if (value === undefined) throw new Error(`There is no ${key}`);
  return value;
}

/** The bytes with one bit of them changed. */
export function flip(bytes: Uint8Array, bit: number): Buffer {
  const changed = Buffer.from(bytes);
  const at = (bit >> 3) % changed.length;
  changed[at] = (changed[at] ?? 0) ^ (1 << (bit & 7));
  return changed;
}
