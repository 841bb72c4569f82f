import { describe, expect, it } from 'vitest';
import { cborArray, cborBytes, cborInteger, cborMap, cborText } from './cbor-writer.ts';

describe('The CBOR writer', () => {
  /** RFC 8949, appendix A. */
  it.each([
    [0, '00'],
    [23, '17'],
    [24, '1818'],
    [255, '18ff'],
    [256, '190100'],
    [1000, '1903e8'],
    [1_000_000, '1a000f4240'],
    [1_000_000_000_000, '1b000000e8d4a51000'],
    [-1, '20'],
    [-35, '3822'],
    [-100, '3863'],
    [-1000, '3903e7'],
  ])('writes the integer %d as RFC 8949 does', (value, digits) => {
    expect(cborInteger(value).toString('hex')).toBe(digits);
  });

  it('writes strings, arrays and maps as RFC 8949 does', () => {
    expect(cborBytes(Buffer.from('01020304', 'hex')).toString('hex')).toBe('4401020304');
    expect(cborBytes(Buffer.alloc(0)).toString('hex')).toBe('40');
    expect(cborText('IETF').toString('hex')).toBe('6449455446');
    expect(cborText('\u6c34').toString('hex')).toBe('63e6b0b4');
    expect(cborArray(cborInteger(1), cborInteger(2), cborInteger(3)).toString('hex')).toBe('83010203');
    const map = cborMap([cborInteger(1), cborInteger(2)], [cborInteger(3), cborInteger(4)]);
    expect(map.toString('hex')).toBe('a201020304');
  });
});
