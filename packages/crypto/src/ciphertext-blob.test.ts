import { describe, expect, it } from 'vitest';
import { blobFraming, findBlobFraming, readBlobHeader } from './ciphertext-blob.ts';
import { encryptSymmetric } from './symmetric.ts';
import { Secret } from './secret.ts';

const materialId = Buffer.alloc(32, 0xc5);

function encrypt(plaintextBytes: number): Buffer {
  using material = Secret.random(32);
  return encryptSymmetric(material, materialId, Buffer.alloc(plaintextBytes), Buffer.alloc(0));
}

/** Reads one DER value, refusing any length that is not the shortest; returns its tag, value and the rest. */
function readDer(bytes: Buffer): { tag: number; value: Buffer; rest: Buffer } {
  const first = bytes.readUInt8(1);
  const octets = first < 0x80 ? 0 : first & 0x7f;
  const length = octets === 0 ? first : bytes.readUIntBE(2, octets);
  const shortest = length < 0x80 ? 0 : length < 0x100 ? 1 : 2;
  expect(octets).toBe(shortest);
  const end = 2 + octets + length;
  expect(end).toBeLessThanOrEqual(bytes.length);
  return { tag: bytes.readUInt8(0), value: bytes.subarray(2 + octets, end), rest: bytes.subarray(end) };
}

/** Reads a value that must have this tag and end its container. */
function readLast(bytes: Buffer, tag: number): Buffer {
  const read = readDer(bytes);
  expect(read.tag).toBe(tag);
  expect(read.rest.length).toBe(0);
  return read.value;
}

function takePrefix(bytes: Buffer, digits: string): Buffer {
  expect(bytes.subarray(0, digits.length / 2).toString('hex')).toBe(digits);
  return bytes.subarray(digits.length / 2);
}

describe('the ciphertext blob', () => {
  it.each([
    [1, 153],
    [16, 168],
    [22, 174],
    [24, 176],
    [32, 184],
    [64, 220],
    [128, 285],
    [256, 418],
    [512, 674],
    [1024, 1186],
    [2048, 2210],
    [4096, 4258],
  ])('of %i bytes of plaintext has %i bytes, as with AWS', (plaintextBytes, blobBytes) => {
    expect(encrypt(plaintextBytes).length).toBe(blobBytes);
  });

  it('begins with AQICAH in Base64 and names its key material and scheme', () => {
    const blob = encrypt(32);
    expect(blob.toString('base64').slice(0, 6)).toBe('AQICAH');
    expect(readBlobHeader(blob)).toEqual({ keyMaterialId: 'c5'.repeat(32), scheme: 'software' });
  });

  it('carries a canonical CMS EncryptedData at every length of plaintext', () => {
    for (let plaintextBytes = 0; plaintextBytes <= 4096; plaintextBytes++) {
      const { blobBytes, beforeIv, afterIv, ivAt, contentAt } = blobFraming(plaintextBytes);
      const content = Buffer.alloc(plaintextBytes + 27);
      const der = Buffer.concat([beforeIv, Buffer.alloc(12), afterIv, content]);
      expect(54 + der.length).toBe(blobBytes);
      expect([ivAt, contentAt]).toEqual([54 + beforeIv.length, blobBytes - content.length]);
      expect(der.readUInt32BE()).toBe(der.length - 4);
      const contentInfo = takePrefix(readLast(der.subarray(4), 0x30), '06092a864886f70d010706');
      const encryptedData = takePrefix(readLast(readLast(contentInfo, 0xa0), 0x30), '020100');
      const encryptedContent = takePrefix(readLast(encryptedData, 0x30), '06092a864886f70d010701');
      const algorithm = readDer(encryptedContent);
      expect(algorithm.tag).toBe(0x30);
      const parameters = readLast(takePrefix(algorithm.value, '060960864801650304012e'), 0x30);
      const iv = readDer(parameters);
      expect([iv.tag, iv.value.length, iv.rest.toString('hex')]).toEqual([0x04, 12, '020110']);
      expect(readLast(algorithm.rest, 0x80).length).toBe(content.length);
      expect(findBlobFraming(blobBytes)).toBe(blobFraming(plaintextBytes));
    }
  });

  it('has no framing for a length that no plaintext gives', () => {
    const possible = new Set(Array.from({ length: 6200 }, (_, n) => blobFraming(n).blobBytes));
    for (let blobBytes = 0; blobBytes <= 6144; blobBytes++) {
      expect(findBlobFraming(blobBytes) !== undefined, `${blobBytes} bytes`).toBe(possible.has(blobBytes));
    }
  });

  it('refuses a plaintext that DER would need longer lengths for', () => {
    expect(() => blobFraming(65_001)).toThrow(RangeError);
    expect(findBlobFraming(100_000)).toBeUndefined();
  });
});

describe('readBlobHeader', () => {
  it('refuses what is not a blob of a known scheme', () => {
    const blob = encrypt(1);
    const changed = (at: number, byte: number): Buffer => {
      const copy = Buffer.from(blob);
      copy[at] = byte;
      return copy;
    };
    for (const at of [0, 1, 2, 3, 4]) expect(readBlobHeader(changed(at, 0xff))).toBeUndefined();
    for (const scheme of [0x00, 0x02, 0x03, 0x11]) {
      expect(readBlobHeader(changed(37, scheme))).toBeUndefined();
    }
    for (const length of [0, 5, 37, 53]) expect(readBlobHeader(blob.subarray(0, length))).toBeUndefined();
  });
});
