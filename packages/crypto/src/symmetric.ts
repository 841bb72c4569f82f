import { ivBytes, openGcm, sealGcm, tagBytes } from './aead.ts';
import {
  blobFraming,
  findBlobFraming,
  hasBlobFraming,
  hasBlobHeader,
  headerBytes,
  idBytes,
  nonceAt,
  nonceBytes,
  paddingBytes,
  writeBlobHeader,
  type BlobFraming,
} from './ciphertext-blob.ts';
import { MessageKdf } from './kdf.ts';
import { drawRandom } from './random.ts';
import type { Secret } from './secret.ts';

/*
 * Every message has a key of its own: SP 800-108r1 of the key material, Label keyhaven/encrypt/1, Context = nonce
 * (128 bits, random) || key material id. GCM's limit of 2^32 random IVs for one key (SP 800-38D section 8.3) is
 * therefore never near: it would take as many messages whose 128-bit nonces collide.
 *
 * GCM does not commit to its key: whoever knows two keys can make one ciphertext that both open. The eleven zero
 * bytes encrypted before the plaintext, and checked after, are the padding that makes it committing (Albertini and
 * others, "How to Abuse and Fix Authenticated Encryption Without Key Commitment"): to pass, a second
 * key must yield 88 zero bits as well. That is 88 bits against finding a key for a given blob, and by the birthday
 * bound about 2^44 work for one who may choose both keys freely; here keys come out of a KDF over secret
 * material, and a blob names its key. It does not commit to the associated data or the plaintext.
 */
const kdf = new MessageKdf('keyhaven/encrypt/1', nonceBytes + idBytes);

const scratchPlaintextBytes = 4096;
/** Holds padding || plaintext; the padding stays zero, the plaintext is wiped after each message. */
const paddedScratch = Buffer.alloc(paddingBytes + scratchPlaintextBytes);

/**
 * Encrypts `plaintext` (0 to 65,000 bytes) under `material` (32 bytes) with `contextAad` from
 * `encodeEncryptionContext`; returns the ciphertext blob. Throws an Error if the material is disposed or all zero, a
 * RangeError if a length is wrong.
 */
export function encryptSymmetric(
  material: Secret,
  materialId: Buffer,
  plaintext: Uint8Array,
  contextAad: Buffer,
): Buffer {
  const framing = blobFraming(plaintext.length);
  const blob = Buffer.allocUnsafe(framing.blobBytes);
  drawRandom(blob, nonceAt, nonceBytes);
  drawRandom(blob, framing.ivAt, ivBytes);
  return sealInto(blob, framing, material, materialId, plaintext, contextAad);
}

/** `encryptSymmetric` with its chance given, for known-answer vectors. Not exported from the package. */
export function encryptSymmetricWith(
  chance: { readonly nonce: Buffer; readonly iv: Buffer },
  material: Secret,
  materialId: Buffer,
  plaintext: Uint8Array,
  contextAad: Buffer,
): Buffer {
  const framing = blobFraming(plaintext.length);
  const blob = Buffer.alloc(framing.blobBytes);
  chance.nonce.copy(blob, nonceAt, 0, nonceBytes);
  chance.iv.copy(blob, framing.ivAt, 0, ivBytes);
  return sealInto(blob, framing, material, materialId, plaintext, contextAad);
}

/**
 * The plaintext, in memory of its own, or undefined for every blob or context that is not exactly what
 * `encryptSymmetric` made for this material: always after one key derivation and one GCM over the bytes, so that the
 * time tells nothing about which check refused. Throws only for faults that are not the blob's: an Error if the
 * material is disposed or all zero, a RangeError if the id is not 32 bytes.
 */
export function decryptSymmetric(
  material: Secret,
  materialId: Buffer,
  blob: Buffer,
  contextAad: Buffer,
): Buffer | undefined {
  assertLengths(material, materialId);
  const framing = findBlobFraming(blob.length);
  const wellFormed =
    framing !== undefined && hasBlobHeader(blob, materialId) && hasBlobFraming(blob, framing);
  const parts = readParts(blob, framing);
  // A malformed blob is made to fail in GCM too, whose refusal takes 3 us longer than its success.
  const tag = wellFormed ? parts.tag : parts.tag.map((byte) => ~byte);
  const padded = open(material, materialId, parts, tag, contextAad);
  if (padded === undefined) return undefined;
  let padding = 0;
  for (let i = 0; i < paddingBytes; i++) padding |= padded[i] ?? 0xff;
  if (wellFormed && padding === 0) return padded.subarray(paddingBytes);
  padded.fill(0);
  return undefined;
}

/** `blob` holds its nonce and IV already; fills in the rest. */
function sealInto(
  blob: Buffer,
  framing: BlobFraming,
  material: Secret,
  materialId: Buffer,
  plaintext: Uint8Array,
  contextAad: Buffer,
): Buffer {
  assertLengths(material, materialId);
  const { ivAt, contentAt } = framing;
  writeBlobHeader(blob, materialId);
  framing.beforeIv.copy(blob, headerBytes);
  framing.afterIv.copy(blob, ivAt + ivBytes);
  const key = deriveMessageKey(material, materialId, blob);
  const padded = padPlaintext(plaintext);
  const iv = blob.subarray(ivAt, ivAt + ivBytes);
  const { ciphertext, tag } = sealGcm(key, iv, writeAad(blob, contextAad), padded);
  key.fill(0);
  padded.fill(0);
  ciphertext.copy(blob, contentAt);
  tag.copy(blob, contentAt + ciphertext.length);
  return blob;
}

interface BlobParts {
  readonly header: Buffer;
  readonly iv: Buffer;
  readonly ciphertext: Buffer;
  readonly tag: Buffer;
}

/** Cuts the blob; one of a length that does not exist is cut somewhere, so that it costs the same work. */
function readParts(blob: Buffer, framing: BlobFraming | undefined): BlobParts {
  const { ivAt, contentAt, blobBytes } = framing ?? blobFraming(0);
  let source = blob;
  if (blob.length < blobBytes) {
    source = Buffer.alloc(blobBytes);
    blob.copy(source);
  }
  const tagAt = source.length - tagBytes;
  return {
    header: source,
    iv: source.subarray(ivAt, ivAt + ivBytes),
    ciphertext: source.subarray(contentAt, tagAt),
    tag: source.subarray(tagAt),
  };
}

function open(
  material: Secret,
  materialId: Buffer,
  parts: BlobParts,
  tag: Uint8Array,
  contextAad: Buffer,
): Buffer | undefined {
  const key = deriveMessageKey(material, materialId, parts.header);
  const padded = openGcm(key, parts.iv, writeAad(parts.header, contextAad), parts.ciphertext, tag);
  key.fill(0);
  return padded;
}

function deriveMessageKey(material: Secret, materialId: Buffer, blob: Buffer): Buffer {
  blob.copy(kdf.context, 0, nonceAt, nonceAt + nonceBytes);
  materialId.copy(kdf.context, nonceBytes);
  return material.use((bytes) => kdf.derive(bytes));
}

/**
 * Bytes 0-53 of the blob, then the encoded encryption context. Injective: the first part has one length, and the
 * second is the injective encoding and ends with the whole.
 */
function writeAad(blob: Buffer, contextAad: Buffer): Buffer {
  const aad = Buffer.allocUnsafe(headerBytes + contextAad.length);
  blob.copy(aad, 0, 0, headerBytes);
  contextAad.copy(aad, headerBytes);
  return aad;
}

function padPlaintext(plaintext: Uint8Array): Buffer {
  const bytes = paddingBytes + plaintext.length;
  const padded =
    plaintext.length <= scratchPlaintextBytes ? paddedScratch.subarray(0, bytes) : Buffer.alloc(bytes);
  padded.set(plaintext, paddingBytes);
  return padded;
}

function assertLengths(material: Secret, materialId: Buffer): void {
  if (material.length !== 32) throw new RangeError('Key material for symmetric encryption has 32 bytes');
  if (materialId.length !== idBytes) throw new RangeError(`A key material id has ${idBytes} bytes`);
}
