import { randomBytes } from '../random.ts';
import { secretMemory } from '../secret-memory.ts';
import { curveSm2 } from './elliptic-curve.ts';
import { invert, readNumber, residue, writeNumber } from './numbers.ts';

const { bytes, order, Point } = curveSm2;

/** The coordinates of a point that is secret, in memory of their own, for the caller to zeroise. */
export interface Sm2Coordinates {
  readonly x: Buffer;
  readonly y: Buffer;
}

/**
 * The scalar times a point, given uncompressed; undefined unless that is a point of the curve. OpenSSL multiplies points of
 * this curve for nobody, and the arithmetic here takes times that depend on its numbers: so the point is multiplied by a
 * random factor, and the result by what is left of the scalar. Each alone is random.
 */
export function multiplySm2Point(point: Uint8Array, scalar: Uint8Array): Sm2Coordinates | undefined {
  const given = readPoint(point);
  if (given === undefined) return undefined;
  let factor: bigint;
  let inverse: bigint | undefined;
  do {
    factor = residue(readNumber(randomBytes(bytes)), order);
    inverse = invert(factor, order);
  } while (inverse === undefined);
  const rest = residue(readNumber(scalar) * inverse, order);
  const product = given.multiply(factor).multiply(rest).toAffine();
  return { x: coordinate(product.x), y: coordinate(product.y) };
}

/** The bytes are as many as an uncompressed point has, and begin as one. */
function readPoint(point: Uint8Array): InstanceType<typeof Point> | undefined {
  const x = readNumber(point.subarray(1, 1 + bytes));
  const y = readNumber(point.subarray(1 + bytes));
  try {
    const read = Point.fromAffine({ x, y });
    read.assertValidity();
    return read;
  } catch {
    // Not in the field, infinite, or not on the curve.
    return undefined;
  }
}

function coordinate(number: bigint): Buffer {
  const coordinateBytes = secretMemory(bytes);
  writeNumber(coordinateBytes, number);
  return coordinateBytes;
}
