import { sign, verify } from 'node:crypto';
import { exportPoint, useEcKey } from './ec-private-key.ts';
import { drawBlinding, drawEcNonce } from './ec-nonce.ts';
import { encodeEcdsaSignature, readEcdsaSignature } from './ecdsa-signature.ts';
import type { EllipticCurve } from './elliptic-curve.ts';
import type { SigningScheme } from './key-pair-kind.ts';
import { digestMessageTypes, messageDigest, type MessageHash } from './message-digest.ts';
import { invert, readNumber, residue } from './numbers.ts';
import {
  type OpenPrivateKey,
  type OpenPublicKey,
  platformPrivateKey,
  platformPublicKey,
} from './open-key.ts';

/**
 * ECDSA (FIPS 186-5, section 6) with DER signatures whose s is whichever it is. Messages are OpenSSL's from beginning to
 * end; for digests the platform has no call, so the last equation of the signature is computed here.
 */
export function ecdsa(curve: EllipticCurve, hash: MessageHash): SigningScheme {
  return {
    messageTypes: digestMessageTypes(hash),
    sign(key, messageType, message) {
      if (messageType === 'RAW') return sign(hash.name, message, platformPrivateKey(key));
      return signDigest(curve, key, messageDigest(hash, messageType, message));
    },
    verify(key, messageType, message, signature) {
      if (messageType === 'RAW') return verify(hash.name, message, platformPublicKey(key), signature);
      return verifyDigest(curve, key, messageDigest(hash, messageType, message), signature);
    },
  };
}

/**
 * FIPS 186-5, section 6.4.1: r is the X coordinate of k times the base point, s = k^-1 (e + r d) mod n. No digest here has
 * more bits than n, so e is the digest.
 */
function signDigest(curve: EllipticCurve, key: OpenPrivateKey, digest: Uint8Array): Buffer {
  const { order } = curve;
  const e = readNumber(digest);
  for (;;) {
    const { k, x } = drawEcNonce(curve);
    const blinding = drawBlinding(curve);
    const r = x % order;
    const blindedD = useEcKey(key, curve, (scalar) => residue(readNumber(scalar) * blinding, order));
    const inverse = invert(residue(k * blinding, order), order);
    if (inverse === undefined) continue;
    const s = residue(inverse * (blinding * e + blindedD * r), order);
    if (r !== 0n && s !== 0n) return encodeEcdsaSignature({ r, s }, curve.bytes);
  }
}

/** FIPS 186-5, section 6.4.2, in JavaScript: every value is public. */
function verifyDigest(
  curve: EllipticCurve,
  key: OpenPublicKey,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  const numbers = readEcdsaSignature(signature, curve.order);
  if (numbers === undefined) return false;
  const { order, Point } = curve;
  const inverse = invert(numbers.s, order);
  if (inverse === undefined) return false;
  const publicPoint = Point.fromBytes(exportPoint(key, curve));
  const point = Point.BASE.multiplyUnsafe(residue(readNumber(digest) * inverse, order)).add(
    publicPoint.multiplyUnsafe(residue(numbers.r * inverse, order)),
  );
  return !point.is0() && point.x % order === numbers.r;
}
