import { createHash } from 'node:crypto';
import { exportPoint, useEcKey } from './ec-private-key.ts';
import { drawBlinding, drawEcNonce } from './ec-nonce.ts';
import { encodeEcdsaSignature, readEcdsaSignature } from './ecdsa-signature.ts';
import { curveSm2 } from './elliptic-curve.ts';
import type { MessageType, SigningScheme } from './key-pair-kind.ts';
import { digestMessageTypes, messageDigest, type MessageHash } from './message-digest.ts';
import { invert, readNumber, residue, writeNumber } from './numbers.ts';

const { bytes, order, Point } = curveSm2;
const sm3: MessageHash = { name: 'sm3', bytes: 32 };
/** The identity of GM/T 0009, section 10, where signer and verifier have agreed on no other. */
const distinguishingId = Buffer.from('1234567812345678', 'latin1');
const identityPrefix = encodeIdentityPrefix();

/**
 * SM2 signatures (GB/T 32918.2) with SM3, as DER. A message is hashed behind Z, which names the signer: RAW; a digest is
 * that hash already, Z included: DIGEST. OpenSSL would leave the identity empty, and the platform has no way to set it.
 */
export const sm2dsa: SigningScheme = {
  messageTypes: digestMessageTypes(sm3),
  sign(key, messageType, message) {
    return useEcKey(key, curveSm2, (scalar, point) =>
      signDigest(scalar, messageHash(messageType, message, point)),
    );
  },
  verify(key, messageType, message, signature) {
    const point = exportPoint(key, curveSm2);
    return verifyDigest(point, messageHash(messageType, message, point), signature);
  },
};

/** e as its 32 bytes (GB/T 32918.2, sections 5.5 and 6.1). */
function messageHash(messageType: MessageType, message: Uint8Array, point: Uint8Array): Uint8Array {
  if (messageType !== 'RAW') return messageDigest(sm3, messageType, message);
  const z = createHash('sm3').update(identityPrefix).update(point.subarray(1)).digest();
  return createHash('sm3').update(z).update(message).digest();
}

/** ENTL || ID || a || b || xG || yG, to which the public key's coordinates are added. */
function encodeIdentityPrefix(): Buffer {
  const { a, b, Gx, Gy } = Point.CURVE();
  const prefix = Buffer.alloc(2 + distinguishingId.length + 4 * bytes);
  prefix.writeUInt16BE(distinguishingId.length * 8);
  prefix.set(distinguishingId, 2);
  [a, b, Gx, Gy].forEach((number, at) => {
    const from = 2 + distinguishingId.length + at * bytes;
    writeNumber(prefix.subarray(from, from + bytes), number);
  });
  return prefix;
}

/** GB/T 32918.2, section 6.1: r = e + x of kG, s = (1 + d)^-1 (k - r d) mod n. */
function signDigest(scalar: Uint8Array, digest: Uint8Array): Buffer {
  const e = readNumber(digest);
  for (;;) {
    const { k, x } = drawEcNonce(curveSm2);
    const blinding = drawBlinding(curveSm2);
    const r = residue(e + x, order);
    const blindedD = residue(readNumber(scalar) * blinding, order);
    const inverse = invert(blinding + blindedD, order);
    if (inverse === undefined || r === 0n || r + k === order) continue;
    const s = residue(inverse * (blinding * k - r * blindedD), order);
    if (s !== 0n) return encodeEcdsaSignature({ r, s }, bytes);
  }
}

/** GB/T 32918.2, section 7.1; every value is public. */
function verifyDigest(point: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
  const numbers = readEcdsaSignature(signature, order);
  if (numbers === undefined) return false;
  const { r, s } = numbers;
  const t = residue(r + s, order);
  if (t === 0n) return false;
  const sum = Point.BASE.multiplyUnsafe(s).add(Point.fromBytes(point).multiplyUnsafe(t));
  return !sum.is0() && residue(readNumber(digest) + sum.x, order) === r;
}
