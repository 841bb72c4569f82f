import { ivBytes, tagBytes } from './aead.ts';

/*
 * The ciphertext blob of symmetric encryption:
 *
 *   0-4    01 02 02 00 78, which Base64 shows as AQICAH
 *   5-36   key material id
 *   37     low nibble: the scheme that holds the key (1 software, 2 PKCS#11, 3 external key store);
 *          high nibble: the revision of that scheme's body, from 0
 *   38-53  KDF nonce
 *   54-57  big-endian length of the rest
 *   58-    CMS ContentInfo (RFC 5652) with EncryptedData under AES-256-GCM (RFC 5084)
 *
 * The sizes are those of AWS for every length of plaintext.
 */
const prefix = Buffer.from('0102020078', 'hex');
const softwareScheme = 0x01;
const idAt = prefix.length;
const schemeAt = 37;
export const idBytes = 32;
export const nonceAt = 38;
export const nonceBytes = 16;
/** What comes before the length of the DER part: all that is authenticated as associated data. */
export const headerBytes = nonceAt + nonceBytes;
/** Zero bytes encrypted before the plaintext; `symmetric.ts` says why. */
export const paddingBytes = 11;
const overheadBytes = paddingBytes + tagBytes;

/** What holds the key material that a blob is encrypted under. */
export type BlobScheme = 'software';

export interface BlobHeader {
  /** 64 lower-case hexadecimal digits. */
  readonly keyMaterialId: string;
  readonly scheme: BlobScheme;
}

/** What a blob says, unauthenticated, about the key that opens it; undefined if it is not a blob of a known scheme. */
export function readBlobHeader(blob: Buffer): BlobHeader | undefined {
  if (blob.length < headerBytes) return undefined;
  if (blob.compare(prefix, 0, prefix.length, 0, idAt) !== 0) return undefined;
  if (blob[schemeAt] !== softwareScheme) return undefined;
  return { keyMaterialId: blob.toString('hex', idAt, schemeAt), scheme: 'software' };
}

/** Writes bytes 0-37. */
export function writeBlobHeader(blob: Buffer, materialId: Buffer): void {
  prefix.copy(blob, 0);
  materialId.copy(blob, idAt);
  blob[schemeAt] = softwareScheme;
}

/** Whether bytes 0-37 are exactly those that `writeBlobHeader` writes. */
export function hasBlobHeader(blob: Buffer, materialId: Buffer): boolean {
  return (
    blob.compare(prefix, 0, prefix.length, 0, idAt) === 0 &&
    blob.compare(materialId, 0, idBytes, idAt, schemeAt) === 0 &&
    blob[schemeAt] === softwareScheme
  );
}

/** The parts of a blob of one length, which follow from that length alone: DER has one encoding. */
export interface BlobFraming {
  readonly blobBytes: number;
  /** The length of the DER part and the DER up to the IV: from byte 54 to `ivAt`. */
  readonly beforeIv: Buffer;
  /** The DER between the IV and the content. */
  readonly afterIv: Buffer;
  readonly ivAt: number;
  readonly contentAt: number;
}

const cachedPlaintextBytes = 4096;
const framings = new Map<number, BlobFraming>();

/** How to frame a plaintext of that many bytes (at most 65,000, so that DER lengths take at most two bytes). */
export function blobFraming(plaintextBytes: number): BlobFraming {
  const blobBytes = blobLength(plaintextBytes);
  const known = framings.get(blobBytes);
  if (known !== undefined) return known;
  const framing = buildFraming(plaintextBytes, blobBytes);
  // At most 4,097 entries, whatever is asked for: larger plaintexts are not kept.
  if (plaintextBytes <= cachedPlaintextBytes) framings.set(blobBytes, framing);
  return framing;
}

/** The framing of a blob of that many bytes in all; undefined if no plaintext gives that length. */
export function findBlobFraming(blobBytes: number): BlobFraming | undefined {
  const known = framings.get(blobBytes);
  if (known !== undefined) return known;
  const most = blobBytes - blobLength(0);
  for (let plaintextBytes = most; plaintextBytes >= 0 && plaintextBytes > most - 16; plaintextBytes--) {
    if (plaintextBytes <= maxPlaintextBytes && blobLength(plaintextBytes) === blobBytes) {
      return blobFraming(plaintextBytes);
    }
  }
  return undefined;
}

/** Whether every byte of the framing, found by the blob's length, is the only one that DER allows. The IV and content are GCM's to check. */
export function hasBlobFraming(blob: Buffer, framing: BlobFraming): boolean {
  const { beforeIv, afterIv, ivAt, contentAt } = framing;
  return (
    blob.compare(beforeIv, 0, beforeIv.length, headerBytes, ivAt) === 0 &&
    blob.compare(afterIv, 0, afterIv.length, ivAt + ivBytes, contentAt) === 0
  );
}

const maxPlaintextBytes = 65_000;
const oidData = Buffer.from('06092a864886f70d010701', 'hex'); // 1.2.840.113549.1.7.1
const oidEncryptedData = Buffer.from('06092a864886f70d010706', 'hex'); // 1.2.840.113549.1.7.6
const oidAes256Gcm = Buffer.from('060960864801650304012e', 'hex'); // 2.16.840.1.101.3.4.1.46
const versionZero = Buffer.from('020100', 'hex');
const icvLength = Buffer.from('020110', 'hex');
const sequence = 0x30;
const octetString = 0x04;
const constructed0 = 0xa0;
const primitive0 = 0x80;

const algorithm = tlv(
  sequence,
  Buffer.concat([
    oidAes256Gcm,
    tlv(sequence, Buffer.concat([tlv(octetString, Buffer.alloc(ivBytes)), icvLength])),
  ]),
);

function buildFraming(plaintextBytes: number, blobBytes: number): BlobFraming {
  if (plaintextBytes > maxPlaintextBytes)
    throw new RangeError('The plaintext is too long for a ciphertext blob');
  const content = Buffer.alloc(plaintextBytes + overheadBytes);
  const encryptedContent = tlv(sequence, Buffer.concat([oidData, algorithm, tlv(primitive0, content)]));
  const encryptedData = tlv(sequence, Buffer.concat([versionZero, encryptedContent]));
  const der = tlv(sequence, Buffer.concat([oidEncryptedData, tlv(constructed0, encryptedData)]));
  const rest = Buffer.alloc(4 + der.length);
  rest.writeUInt32BE(der.length);
  rest.set(der, 4);
  const contentAt = blobBytes - content.length;
  const contentHeaderBytes = 1 + lengthOctets(content.length);
  const ivAt = contentAt - contentHeaderBytes - icvLength.length - ivBytes;
  return {
    blobBytes,
    beforeIv: Buffer.from(rest.subarray(0, ivAt - headerBytes)),
    afterIv: Buffer.from(rest.subarray(ivAt + ivBytes - headerBytes, contentAt - headerBytes)),
    ivAt,
    contentAt,
  };
}

/** Bytes of a blob; by arithmetic, so that a cached framing is found without encoding anything. */
function blobLength(plaintextBytes: number): number {
  let length = tlvLength(plaintextBytes + overheadBytes);
  length = tlvLength(oidData.length + algorithm.length + length);
  length = tlvLength(versionZero.length + length);
  length = tlvLength(oidEncryptedData.length + tlvLength(length));
  return headerBytes + 4 + length;
}

function tlvLength(valueBytes: number): number {
  return 1 + lengthOctets(valueBytes) + valueBytes;
}

function lengthOctets(length: number): number {
  return length < 0x80 ? 1 : length < 0x100 ? 2 : 3;
}

/** X.690 section 8.1.3 in the shortest form, section 10.1. */
function tlv(tag: number, value: Buffer): Buffer {
  const { length } = value;
  const octets = lengthOctets(length);
  const lengthField =
    octets === 1 ? [length] : octets === 2 ? [0x81, length] : [0x82, length >>> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...lengthField]), value]);
}
