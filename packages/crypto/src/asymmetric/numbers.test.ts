import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { invert, readNumber, residue, writeNumber } from './numbers.ts';

describe('numbers', () => {
  it('are the bytes, most significant first, wherever these lie', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), fc.nat(9), (bytes, offset) => {
        const view = Buffer.concat([Buffer.alloc(offset, 0xff), bytes, Buffer.alloc(3, 0xff)]).subarray(
          offset,
          offset + bytes.length,
        );
        const number = readNumber(view);
        expect(number).toBe(BigInt(`0x0${Buffer.from(bytes).toString('hex')}`));
        const written = Buffer.alloc(bytes.length, 0xee);
        writeNumber(written, number);
        expect(written.equals(bytes)).toBe(true);
      }),
    );
  });

  it('do not fit into fewer bytes than they have, nor below zero', () => {
    for (const [bytes, number] of [
      [0, 1n],
      [1, 256n],
      [8, 1n << 64n],
      [9, 1n << 72n],
      [4, -1n],
    ] as const) {
      expect(() => writeNumber(Buffer.alloc(bytes), number)).toThrow(RangeError);
    }
  });

  it('have residues that are never negative', () => {
    expect([residue(-1n, 7n), residue(-7n, 7n), residue(8n, 7n)]).toEqual([6n, 0n, 1n]);
  });

  it('have an inverse exactly where they share no factor with the modulus', () => {
    for (let modulus = 2n; modulus < 40n; modulus++) {
      for (let number = -5n; number < 45n; number++) {
        const inverse = invert(number, modulus);
        let shared = 2n;
        while (shared <= modulus && (number % shared !== 0n || modulus % shared !== 0n)) shared++;
        if (shared <= modulus) expect(inverse).toBeUndefined();
        else expect(residue((inverse ?? 0n) * number, modulus)).toBe(1n);
      }
    }
  });
});
