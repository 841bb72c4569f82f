import { createCipheriv, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sealGcm } from './aead.ts';
import { blobFraming, hasBlobFraming, hasBlobHeader, writeBlobHeader } from './ciphertext-blob.ts';
import { encodeEncryptionContext } from './encryption-context.ts';
import { MessageKdf } from './kdf.ts';
import { Secret } from './secret.ts';
import { decryptSymmetric, encryptSymmetric, encryptSymmetricWith } from './symmetric.ts';

interface GoldenBlob {
  readonly name: string;
  readonly material: string;
  readonly keyMaterialId: string;
  readonly plaintext: string;
  readonly encryptionContext: readonly (readonly [string, string])[];
  readonly nonce: string;
  readonly iv: string;
  readonly blob: string;
}

const { vectors } = JSON.parse(
  readFileSync(new URL('../../../vectors/ciphertext-blobs.json', import.meta.url), 'utf8'),
) as { vectors: readonly GoldenBlob[] };

function hex(digits: string): Buffer {
  return Buffer.from(digits, 'hex');
}

const noContext = Buffer.alloc(0);
const materialBytes = Buffer.alloc(32, 0x42);
const material = Secret.take(Buffer.from(materialBytes));
const materialId = Buffer.alloc(32, 0xc5);
const context = encodeEncryptionContext(new Map([['tenant', 'blue']]));

function opens(blob: Buffer, aad: Buffer): boolean {
  return decryptSymmetric(material, materialId, blob, aad) !== undefined;
}

function tlv(tag: string, value: string): string {
  const length = value.length / 2;
  const digits = length.toString(16).padStart(length < 0x100 ? 2 : 4, '0');
  const prefix = length < 0x80 ? '' : length < 0x100 ? '81' : '82';
  return tag + prefix + digits + value;
}

/** The blob built from the description of its layout alone, without any code of this package but the context's. */
function buildReference(golden: GoldenBlob): Buffer {
  const header = hex('0102020078' + golden.keyMaterialId + '01' + golden.nonce);
  const input = Buffer.concat([
    hex('00000001'),
    Buffer.from('keyhaven/encrypt/1\0'),
    hex(golden.nonce + golden.keyMaterialId + '00000100'),
  ]);
  const key = createHmac('sha256', hex(golden.material)).update(input).digest();
  const pairs = golden.encryptionContext.map((pair) => pair.map((part) => Buffer.from(part)));
  pairs.sort(([a = noContext], [b = noContext]) => Buffer.compare(a, b));
  const contextAad = pairs
    .flat()
    .map((part) => part.length.toString(16).padStart(8, '0') + part.toString('hex'))
    .join('');
  const cipher = createCipheriv('aes-256-gcm', key, hex(golden.iv), { authTagLength: 16 });
  cipher.setAAD(Buffer.concat([header, hex(contextAad)]));
  const content = Buffer.concat([cipher.update(hex('00'.repeat(11) + golden.plaintext)), cipher.final()]);
  const algorithm = tlv('30', '060960864801650304012e' + tlv('30', tlv('04', golden.iv) + '020110'));
  const encrypted = content.toString('hex') + cipher.getAuthTag().toString('hex');
  const inner = tlv('30', '06092a864886f70d010701' + algorithm + tlv('80', encrypted));
  const der = hex(tlv('30', '06092a864886f70d010706' + tlv('a0', tlv('30', '020100' + inner))));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(der.length);
  return Buffer.concat([header, length, der]);
}

describe.each(vectors)('the golden blob of $name', (golden) => {
  const goldenMaterial = Secret.take(hex(golden.material));
  const goldenContext = encodeEncryptionContext(new Map(golden.encryptionContext));
  const id = hex(golden.keyMaterialId);
  const blob = Buffer.from(golden.blob, 'base64');

  it('decrypts for ever', () => {
    const plaintext = decryptSymmetric(goldenMaterial, id, blob, goldenContext);
    expect(plaintext?.toString('hex')).toBe(golden.plaintext);
  });

  it('is what a second implementation of the layout builds', () => {
    expect(buildReference(golden).equals(blob)).toBe(true);
  });

  it('is made again from the same nonce and IV', () => {
    const chance = { nonce: hex(golden.nonce), iv: hex(golden.iv) };
    const again = encryptSymmetricWith(chance, goldenMaterial, id, hex(golden.plaintext), goldenContext);
    expect(again.equals(blob)).toBe(true);
  });

  it('refuses another context', () => {
    const other = encodeEncryptionContext(new Map([...golden.encryptionContext, ['extra', '']]));
    expect(decryptSymmetric(goldenMaterial, id, blob, other)).toBeUndefined();
  });
});

describe('encryptSymmetric', () => {
  it('round-trips any plaintext of 0 to 4,096 bytes under any context', () => {
    const text = fc.string({ unit: 'binary', maxLength: 12 });
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 4096, size: 'max' }),
        fc.array(fc.tuple(text, text), { maxLength: 4 }),
        (plaintext, pairs) => {
          const aad = encodeEncryptionContext(new Map(pairs));
          const blob = encryptSymmetric(material, materialId, plaintext, aad);
          expect(decryptSymmetric(material, materialId, blob, aad)?.equals(plaintext)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('round-trips every length around the steps of DER, and beyond 4,096 bytes', () => {
    const lengths = [...Array.from({ length: 300 }, (_, n) => n), 4095, 4096, 4097, 65_000];
    for (const length of lengths) {
      const plaintext = Buffer.alloc(length, 0xee);
      const blob = encryptSymmetric(material, materialId, plaintext, context);
      expect(decryptSymmetric(material, materialId, blob, context)?.equals(plaintext)).toBe(true);
    }
  });

  it('gives another nonce, IV and blob for the same plaintext', () => {
    const blobs = Array.from({ length: 500 }, () =>
      encryptSymmetric(material, materialId, Buffer.from('same'), context),
    );
    const { ivAt, contentAt } = blobFraming(4);
    const distinct = (from: number, to: number): number =>
      new Set(blobs.map((blob) => blob.toString('hex', from, to))).size;
    expect(distinct(38, 54)).toBe(500);
    expect(distinct(ivAt, ivAt + 12)).toBe(500);
    expect(distinct(contentAt, contentAt + 31)).toBe(500);
  });

  it('leaves the plaintext as it was and returns plaintexts in memory of their own', () => {
    const plaintext = Buffer.alloc(32, 7);
    const blob = encryptSymmetric(material, materialId, plaintext, context);
    expect(plaintext.equals(Buffer.alloc(32, 7))).toBe(true);
    expect(decryptSymmetric(material, materialId, blob, context)?.buffer.byteLength).toBe(43);
  });

  it('refuses all-zero and disposed material in both directions', () => {
    const zero = Secret.take(Buffer.alloc(32));
    const dead = Secret.random(32);
    dead.dispose();
    const blob = encryptSymmetric(material, materialId, Buffer.alloc(1), context);
    for (const [key, message] of [
      [zero, /all zero/],
      [dead, /disposed/],
    ] as const) {
      expect(() => encryptSymmetric(key, materialId, Buffer.alloc(1), context)).toThrow(message);
      expect(() => decryptSymmetric(key, materialId, blob, context)).toThrow(message);
      expect(() => decryptSymmetric(key, materialId, Buffer.alloc(0), context)).toThrow(message);
    }
  });

  it('refuses material, an id or a plaintext of the wrong length', () => {
    const one = Buffer.alloc(1);
    expect(() => encryptSymmetric(Secret.random(16), materialId, one, context)).toThrow(RangeError);
    expect(() => encryptSymmetric(material, Buffer.alloc(31), one, context)).toThrow(RangeError);
    expect(() => encryptSymmetric(material, materialId, Buffer.alloc(65_001), context)).toThrow(RangeError);
  });
});

/** A blob that GCM accepts although its padding, or a byte of its header, is not what Keyhaven writes. */
function sealByHand(deviation: { readonly padding?: Buffer; readonly changedAt?: number }): Buffer {
  const { padding = Buffer.alloc(11), changedAt } = deviation;
  const blob = encryptSymmetric(material, materialId, Buffer.alloc(20), context);
  if (changedAt !== undefined) blob[changedAt] = (blob[changedAt] ?? 0) ^ 1;
  const { ivAt, contentAt } = blobFraming(20);
  const kdf = new MessageKdf('keyhaven/encrypt/1', 48);
  blob.copy(kdf.context, 0, 38, 54);
  materialId.copy(kdf.context, 16);
  const aad = Buffer.concat([blob.subarray(0, 54), context]);
  const padded = Buffer.concat([padding, Buffer.alloc(20)]);
  const sealed = sealGcm(kdf.derive(materialBytes), blob.subarray(ivAt, ivAt + 12), aad, padded);
  sealed.ciphertext.copy(blob, contentAt);
  sealed.tag.copy(blob, contentAt + 31);
  return blob;
}

describe('decryptSymmetric refuses', () => {
  it.each([0, 5, 64, 128, 256])('every changed byte and bit of a blob of %i bytes', (length) => {
    const blob = encryptSymmetric(material, materialId, Buffer.alloc(length, 1), context);
    for (let at = 0; at < blob.length; at++) {
      const original = blob[at] ?? 0;
      for (let bit = 1; bit < 0x100; bit <<= 1) {
        blob[at] = original ^ bit;
        expect(opens(blob, context), `byte ${at}, bit ${bit}`).toBe(false);
      }
      blob[at] = original;
    }
    expect(opens(blob, context)).toBe(true);
  });

  it('every changed, missing or added byte of the context', () => {
    const blob = encryptSymmetric(material, materialId, Buffer.from('plaintext'), context);
    for (let at = 0; at < context.length; at++) {
      const changed = Buffer.from(context);
      changed[at] = (changed[at] ?? 0) ^ 0x20;
      expect(opens(blob, changed)).toBe(false);
      expect(opens(blob, context.subarray(0, at))).toBe(false);
    }
    expect(opens(blob, Buffer.concat([context, Buffer.of(0)]))).toBe(false);
    expect(opens(blob, context)).toBe(true);
  });

  it('every truncation and extension, and bytes that are no blob at all', () => {
    const blob = encryptSymmetric(material, materialId, Buffer.alloc(20), context);
    for (let length = 0; length < blob.length; length++) {
      expect(opens(blob.subarray(0, length), context)).toBe(false);
    }
    for (const extra of [1, 16, 27, 152, 6000, 70_000]) {
      expect(opens(Buffer.concat([blob, Buffer.alloc(extra)]), context)).toBe(false);
      expect(opens(Buffer.concat([Buffer.alloc(extra), blob]), context)).toBe(false);
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => !opens(Buffer.from(bytes), context)));
  });

  it('header bytes moved into the context', () => {
    const blob = encryptSymmetric(material, materialId, Buffer.alloc(20), noContext);
    expect(opens(blob, blob.subarray(0, 54))).toBe(false);
    expect(opens(blob, Buffer.from('a'))).toBe(false);
  });

  it('another key material, and another id for the same material', () => {
    const blob = encryptSymmetric(material, materialId, Buffer.alloc(20), context);
    expect(decryptSymmetric(Secret.random(32), materialId, blob, context)).toBeUndefined();
    const otherId = Buffer.alloc(32, 0xc6);
    expect(decryptSymmetric(material, otherId, blob, context)).toBeUndefined();
    writeBlobHeader(blob, otherId);
    expect(decryptSymmetric(material, otherId, blob, context)).toBeUndefined();
    expect(decryptSymmetric(material, materialId, blob, context)).toBeUndefined();
  });

  it('a well-sealed content whose eleven padding bytes are not zero', () => {
    expect(opens(sealByHand({}), context)).toBe(true);
    for (let at = 0; at < 11; at++) {
      const padding = Buffer.alloc(11);
      padding[at] = 1;
      expect(opens(sealByHand({ padding }), context)).toBe(false);
    }
  });

  it('a well-sealed content under a header that is not ours', () => {
    for (let at = 0; at < 38; at++) expect(opens(sealByHand({ changedAt: at }), context)).toBe(false);
  });

  it('a header or framing that is changed although GCM does not cover it', () => {
    const blob = encryptSymmetric(material, materialId, Buffer.alloc(20), context);
    const { ivAt, contentAt } = blobFraming(20);
    for (let at = 54; at < contentAt; at++) {
      if (at >= ivAt && at < ivAt + 12) continue;
      blob[at] = (blob[at] ?? 0) ^ 1;
      expect(hasBlobFraming(blob, blobFraming(20))).toBe(false);
      expect(opens(blob, context)).toBe(false);
      blob[at] = (blob[at] ?? 0) ^ 1;
    }
    expect(hasBlobHeader(blob, materialId)).toBe(true);
    expect(hasBlobHeader(blob, Buffer.alloc(32))).toBe(false);
  });
});
