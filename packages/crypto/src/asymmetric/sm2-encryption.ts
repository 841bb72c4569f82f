import { createECDH, createHash } from 'node:crypto';
import { equalConstantTime } from '../constant-time.ts';
import { secretMemory } from '../secret-memory.ts';
import { readDer } from '../der/der-reader.ts';
import { derTag } from '../der/der-tags.ts';
import { derInteger, derOctetString, derSequence, encodeDer } from '../der/der-writer.ts';
import { exportPoint, useEcKey } from './ec-private-key.ts';
import { curveSm2 } from './elliptic-curve.ts';
import type { EncryptionScheme } from './key-pair-kind.ts';
import { multiplySm2Point, type Sm2Coordinates } from './sm2-point.ts';

const { bytes } = curveSm2;
const minPlaintextBytes = 1;
const maxPlaintextBytes = 1024;

/** SM2Cipher (GM/T 0009, section 7.2), as views. */
interface Sm2Ciphertext {
  /** C1, uncompressed. */
  readonly point: Uint8Array;
  /** C3. */
  readonly hash: Uint8Array;
  /** C2, as long as the plaintext. */
  readonly masked: Uint8Array;
}

/** SM2 public key encryption (GB/T 32918.4) with SM3; the ciphertext is DER. */
export const sm2pke: EncryptionScheme = {
  minPlaintextBytes,
  maxPlaintextBytes,
  ciphertextBytes: undefined,
  encrypt(key, plaintext) {
    if (plaintext.length < minPlaintextBytes || plaintext.length > maxPlaintextBytes) {
      throw new RangeError(`SM2 encrypts ${minPlaintextBytes} to ${maxPlaintextBytes} bytes here`);
    }
    const publicPoint = exportPoint(key, curveSm2);
    for (;;) {
      const ciphertext = encryptOnce(publicPoint, plaintext);
      if (ciphertext !== undefined) return ciphertext;
    }
  },
  decrypt(key, ciphertext) {
    const read = readCiphertext(ciphertext);
    const shared = useEcKey(key, curveSm2, (scalar) => read && multiplySm2Point(read.point, scalar));
    if (read === undefined || shared === undefined) return undefined;
    const plaintext = applyMask(shared, read.masked);
    const isGenuine = plaintext !== undefined && equalConstantTime(sm3OfAll(shared, plaintext), read.hash);
    forget(shared);
    if (isGenuine) return plaintext;
    plaintext?.fill(0);
    return undefined;
  },
};

/** GB/T 32918.4, section 6.1; undefined where the mask would be all zero, which asks for another k. */
function encryptOnce(publicPoint: Uint8Array, plaintext: Uint8Array): Buffer | undefined {
  const once = createECDH(curveSm2.platformName);
  const point = once.generateKeys();
  const k = once.getPrivateKey();
  const shared = multiplySm2Point(publicPoint, k);
  k.fill(0);
  if (shared === undefined) throw new Error('The public key is no point of the curve');
  const masked = applyMask(shared, plaintext);
  const hash = sm3OfAll(shared, plaintext);
  forget(shared);
  return masked && encodeCiphertext({ point, hash, masked });
}

/** The bytes XOR KDF(x2 || y2) (GB/T 32918.4, section 5.4.3); undefined where that is all zero. */
function applyMask({ x, y }: Sm2Coordinates, source: Uint8Array): Buffer | undefined {
  const target = secretMemory(source.length);
  const counter = Buffer.alloc(4);
  let any = 0;
  for (let at = 0, block = 1; at < source.length; block++) {
    counter.writeUInt32BE(block);
    const mask = createHash('sm3').update(x).update(y).update(counter).digest();
    for (const byte of mask.subarray(0, source.length - at)) {
      any |= byte;
      target[at] = (source[at] ?? 0) ^ byte;
      at++;
    }
    mask.fill(0);
  }
  return any === 0 ? undefined : target;
}

/** C3 = SM3(x2 || M || y2). */
function sm3OfAll({ x, y }: Sm2Coordinates, plaintext: Uint8Array): Buffer {
  return createHash('sm3').update(x).update(plaintext).update(y).digest();
}

function forget({ x, y }: Sm2Coordinates): void {
  x.fill(0);
  y.fill(0);
}

function readCiphertext(ciphertext: Uint8Array): Sm2Ciphertext | undefined {
  return readDer(ciphertext, (reader) =>
    reader.inside(derTag.sequence, (value) => {
      const point = Buffer.alloc(1 + 2 * bytes);
      point[0] = 0x04;
      for (const end of [1 + bytes, 1 + 2 * bytes]) {
        const magnitude = value.unsignedInteger();
        if (magnitude.length > bytes) value.refuse();
        point.set(magnitude, end - magnitude.length);
      }
      const hash = value.contents(derTag.octetString);
      const masked = value.contents(derTag.octetString);
      const fits = masked.length >= minPlaintextBytes && masked.length <= maxPlaintextBytes;
      return fits ? { point, hash, masked } : value.refuse();
    }),
  );
}

function encodeCiphertext({ point, hash, masked }: Sm2Ciphertext): Buffer {
  return encodeDer(
    derSequence(
      derInteger(point.subarray(1, 1 + bytes)),
      derInteger(point.subarray(1 + bytes)),
      derOctetString(hash),
      derOctetString(masked),
    ),
  );
}
