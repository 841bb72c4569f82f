import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

/*
 * What the service does with keys, written a second time from its documentation: a test that used the service's own code
 * could not tell a key of zeros from a key that this code refuses.
 */

const ivBytes = 12;
const nonceBytes = 16;
const tagBytes = 16;
const noBytes = Buffer.alloc(0);

/** NIST SP 800-108r1, counter mode with HMAC-SHA-256, for one key of 256 bits. */
export function deriveKey(key: Buffer, label: string, context: Buffer = noBytes): Buffer {
  const counter = Buffer.from([0, 0, 0, 1]);
  const length = Buffer.from([0, 0, 1, 0]);
  return createHmac('sha256', key)
    .update(Buffer.concat([counter, Buffer.from(label), Buffer.from([0]), context, length]))
    .digest();
}

/** Texts and whole numbers as they are bound to what is wrapped: a byte for the type, then the value. */
export function encodeFields(fields: readonly (string | number)[]): Buffer {
  return Buffer.concat(
    fields.map((field) => {
      if (typeof field === 'number') {
        const bytes = Buffer.alloc(9, 2);
        bytes.writeDoubleBE(field, 1);
        return bytes;
      }
      const text = Buffer.from(field);
      const head = Buffer.alloc(5, 1);
      head.writeUInt32BE(text.length, 1);
      return Buffer.concat([head, text]);
    }),
  );
}

/** AES-256-GCM; undefined where the tag does not fit. */
function openGcm(key: Buffer, iv: Buffer, aad: Buffer, ciphertext: Buffer, tag: Buffer): Buffer | undefined {
  const decipher = createDecipheriv('aes-256-gcm', key, iv).setAAD(aad).setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** Opens version 1 || nonce || IV || ciphertext || tag; throws where it does not open. */
export function unwrap(key: Buffer, binding: readonly (string | number)[], wrapped: Buffer): Buffer {
  const ivAt = 1 + nonceBytes;
  const iv = wrapped.subarray(ivAt, ivAt + ivBytes);
  const ciphertext = wrapped.subarray(ivAt + ivBytes, -tagBytes);
  const messageKey = deriveKey(key, 'keyhaven/wrap/1', wrapped.subarray(1, ivAt));
  const opened = openGcm(messageKey, iv, encodeFields(binding), ciphertext, wrapped.subarray(-tagBytes));
  if (opened === undefined) throw new Error(`a wrapped ${String(binding[0])} does not open`);
  return opened;
}

const materialIdAt = 5;
const nonceAt = 38;
const headerBytes = nonceAt + nonceBytes;
const derAt = headerBytes + 4;
const padding = 11;

interface Element {
  readonly tag: number;
  readonly content: Buffer;
}

/** The DER elements that stand one after the other in the bytes. */
function elementsOf(bytes: Buffer): readonly Element[] {
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at] ?? 0;
    const first = bytes[at + 1] ?? 0;
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
    const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes);
    const contentAt = at + 2 + lengthBytes;
    elements.push({ tag, content: bytes.subarray(contentAt, contentAt + length) });
    at = contentAt + length;
  }
  return elements;
}

function below(bytes: Buffer, ...path: readonly number[]): Buffer {
  return path.reduce((content, index) => elementsOf(content)[index]?.content ?? noBytes, bytes);
}

function messageKeyOf(material: Buffer, blob: Buffer): Buffer {
  const context = Buffer.concat([
    blob.subarray(nonceAt, headerBytes),
    blob.subarray(materialIdAt, materialIdAt + 32),
  ]);
  return deriveKey(material, 'keyhaven/encrypt/1', context);
}

/**
 * Opens a ciphertext blob without encryption context under 32 bytes of key material; undefined where it does not open.
 */
export function openBlob(material: Buffer, blob: Buffer): Buffer | undefined {
  const encryptedContentInfo = below(blob.subarray(derAt), 0, 1, 0, 1);
  const iv = below(encryptedContentInfo, 1, 1, 0);
  const content = below(encryptedContentInfo, 2);
  const ciphertext = content.subarray(0, -tagBytes);
  const aad = blob.subarray(0, headerBytes);
  const opened = openGcm(messageKeyOf(material, blob), iv, aad, ciphertext, content.subarray(-tagBytes));
  return opened?.subarray(padding);
}

/** The blob with its content encrypted anew under other key material: what a service with that key would have made. */
export function encryptAnew(material: Buffer, blob: Buffer, plaintext: Buffer): Buffer {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', messageKeyOf(material, blob), iv);
  cipher.setAAD(blob.subarray(0, headerBytes));
  const padded = Buffer.concat([Buffer.alloc(padding), plaintext]);
  const content = Buffer.concat([cipher.update(padded), cipher.final(), cipher.getAuthTag()]);
  const made = Buffer.from(blob);
  const oldIv = below(blob.subarray(derAt), 0, 1, 0, 1, 1, 1, 0);
  iv.copy(made, oldIv.byteOffset - blob.byteOffset);
  content.copy(made, made.length - content.length);
  return made;
}
