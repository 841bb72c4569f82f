import { createECDH } from 'node:crypto';
import { randomBytes } from '../random.ts';
import type { EllipticCurve } from './elliptic-curve.ts';
import { readNumber, residue } from './numbers.ts';

/** The number that a signature uses once. */
export interface EcNonce {
  /** k in 1 … n - 1. Who learns it, or a few bits of many, has the private key. */
  readonly k: bigint;
  /** The X coordinate of k times the base point. */
  readonly x: bigint;
}

/** Draws k and computes its point, both by OpenSSL, in constant time. */
export function drawEcNonce(curve: EllipticCurve): EcNonce {
  const pair = createECDH(curve.platformName);
  const point = pair.generateKeys();
  const scalar = pair.getPrivateKey();
  const k = readNumber(scalar);
  scalar.fill(0);
  return { k, x: readNumber(point.subarray(1, 1 + curve.bytes)) };
}

/**
 * A random factor below n. Numbers of JavaScript are multiplied and inverted in times that depend on them; multiplied by
 * this first, they say nothing of the secret. OpenSSL blinds its signatures in the same way.
 */
export function drawBlinding({ bytes, order }: EllipticCurve): bigint {
  return residue(readNumber(randomBytes(bytes)), order);
}
