import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base32Value, encodeBase32, packBase32 } from './base32.ts';

function decode(text: string): Buffer {
  const digits = [...Buffer.from(text)].map((character) => base32Value(character) ?? Number.NaN);
  const bytes = Buffer.alloc((text.length / 8) * 5);
  packBase32(Uint8Array.from(digits), bytes);
  return bytes;
}

describe('Base32', () => {
  it.each([
    ['0000000000', '00000000'],
    ['ffffffffff', 'ZZZZZZZZ'],
    ['0123456789', '04HMASW9'],
    ['8000000001', 'G0000001'],
  ])("writes %s in Crockford's alphabet as %s", (hex, text) => {
    expect(encodeBase32(Buffer.from(hex, 'hex'))).toBe(text);
  });

  it('reads what it wrote, in either case', () => {
    const bytes = fc
      .integer({ min: 0, max: 12 })
      .chain((groups) => fc.uint8Array({ minLength: groups * 5, maxLength: groups * 5 }));
    fc.assert(
      fc.property(bytes, (given) => {
        const text = encodeBase32(given);
        expect(decode(text)).toEqual(Buffer.from(given));
        expect(decode(text.toLowerCase())).toEqual(Buffer.from(given));
      }),
    );
  });

  it('reads I and L as 1 and O as 0', () => {
    expect(decode('ILOiloZ0')).toEqual(decode('110110Z0'));
  });

  it.each(['U', 'u', '-', ' ', '!', '\u0000', 'é'])('knows no value for %j', (character) => {
    expect(base32Value(character.charCodeAt(0))).toBeUndefined();
  });

  it('refuses to write bytes that leave bits over', () => {
    expect(() => encodeBase32(Buffer.alloc(4))).toThrow(RangeError);
  });
});
