import { createECDH } from 'node:crypto';
import { secretMemory } from '../secret-memory.ts';
import { type DerReader, readDer } from '../der/der-reader.ts';
import { contextTag, derTag } from '../der/der-tags.ts';
import { derBitString, derInteger, derOctetString, derSequence } from '../der/der-writer.ts';
import type { EllipticCurve } from './elliptic-curve.ts';
import { encodePkcs8, encodeSpki, readPkcs8, readSpki } from './key-encodings.ts';
import type { KeyPair } from './key-pair-kind.ts';
import { readNumber } from './numbers.ts';
import { exportSpki, type OpenPrivateKey, type OpenPublicKey, usePkcs8 } from './open-key.ts';

const parametersTag = contextTag(0, 'constructed');
const publicKeyTag = contextTag(1, 'constructed');

/** The members of ECPrivateKey (RFC 5915, section 3), as views. */
interface EcPrivateKey {
  readonly privateKey: Uint8Array;
  readonly parameters: Uint8Array | undefined;
  readonly publicKey: Uint8Array | undefined;
}

/** Draws a private key and computes its public key, both by OpenSSL. */
export function generateEcKey(curve: EllipticCurve): KeyPair {
  const pair = createECDH(curve.platformName);
  pair.generateKeys();
  const drawn = pair.getPrivateKey();
  const scalar = secretMemory(curve.bytes);
  scalar.set(drawn, curve.bytes - drawn.length);
  drawn.fill(0);
  const keyPair = encodeKeyPair(curve, scalar, pair.getPublicKey());
  scalar.fill(0);
  return keyPair;
}

/**
 * Reads an elliptic-curve private key and answers it in canonical form: with its public key, and the curve named once.
 * Undefined unless it names exactly this curve, lies in 1 … n - 1 (SM2: n - 2), and every public key with it is its own.
 */
export function readEcPrivateKey(pkcs8: Uint8Array, curve: EllipticCurve): KeyPair | undefined {
  const info = readPkcs8(pkcs8, curve.algorithm);
  const key = info && readDer(info.privateKey, readEcPrivateKeyMembers);
  if (info === undefined || key === undefined) return undefined;
  if (key.parameters !== undefined && !curve.parameters.equals(key.parameters)) return undefined;
  // RFC 5915, section 3: exactly as long as the order, whatever zeros it begins with.
  if (key.privateKey.length !== curve.bytes) return undefined;
  const number = readNumber(key.privateKey);
  if (number === 0n || number > curve.maxPrivateKey) return undefined;
  const publicKey = computePoint(curve, key.privateKey);
  const isOwn = (other: Uint8Array | undefined): boolean => other === undefined || publicKey.equals(other);
  if (!isOwn(info.publicKey) || !isOwn(key.publicKey)) return undefined;
  return encodeKeyPair(curve, key.privateKey, publicKey);
}

/** Lends the scalar, as many bytes as `curve.bytes`, and the public point to `fn`, and zeroises the scalar after. */
export function useEcKey<T>(
  key: OpenPrivateKey,
  curve: EllipticCurve,
  fn: (scalar: Uint8Array, point: Uint8Array) => T,
): T {
  return usePkcs8(key, (pkcs8) => {
    const info = readPkcs8(pkcs8, curve.algorithm);
    const members = info && readDer(info.privateKey, readEcPrivateKeyMembers);
    if (members?.publicKey === undefined) throw new Error('The private key is of another kind');
    return fn(members.privateKey, members.publicKey);
  });
}

/** The public key as an uncompressed point (SEC 1, section 2.3.3). */
export function exportPoint(key: OpenPublicKey, curve: EllipticCurve): Uint8Array {
  const point = readEcPublicKey(exportSpki(key), curve);
  if (point === undefined) throw new Error('The public key is of another kind');
  return point;
}

const uncompressed = 0x04;

/** The uncompressed point in a SubjectPublicKeyInfo that names exactly this curve; undefined for anything else. */
export function readEcPublicKey(spki: Uint8Array, curve: EllipticCurve): Uint8Array | undefined {
  const point = readSpki(spki, curve.algorithm);
  return point?.length === 1 + 2 * curve.bytes && point[0] === uncompressed ? point : undefined;
}

function readEcPrivateKeyMembers(reader: DerReader): EcPrivateKey {
  return reader.inside(derTag.sequence, (key) => {
    const version = key.unsignedInteger();
    if (version.length !== 1 || version[0] !== 1) key.refuse();
    const privateKey = key.contents(derTag.octetString);
    const parameters = key.optional(parametersTag);
    const publicKey = key.optional(publicKeyTag);
    const point = publicKey && readDer(publicKey, (inner) => inner.bitString());
    if (publicKey !== undefined && point === undefined) key.refuse();
    return { privateKey, parameters, publicKey: point };
  });
}

function computePoint(curve: EllipticCurve, scalar: Uint8Array): Buffer {
  const pair = createECDH(curve.platformName);
  pair.setPrivateKey(scalar);
  return pair.getPublicKey();
}

function encodeKeyPair(curve: EllipticCurve, scalar: Uint8Array, publicKey: Buffer): KeyPair {
  const privateKey = derSequence(derInteger(Uint8Array.of(1)), derOctetString(scalar), {
    tag: publicKeyTag,
    contents: [derBitString(publicKey)],
  });
  return {
    privateKey: encodePkcs8(curve.algorithm, [privateKey]),
    publicKey: encodeSpki(curve.algorithm, publicKey),
  };
}
