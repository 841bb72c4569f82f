import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSecretBase64, encodeSecretBase64 } from './secret-base64.ts';

const decodeText = (text: string) => decodeSecretBase64(Buffer.from(text, 'latin1'));

describe('Base64 of secret bytes', () => {
  // RFC 4648, section 10.
  it.each([
    ['', ''],
    ['f', 'Zg=='],
    ['fo', 'Zm8='],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg=='],
    ['fooba', 'Zm9vYmE='],
    ['foobar', 'Zm9vYmFy'],
  ])('is that of RFC 4648: "%s" is "%s"', (plain, text) => {
    expect(encodeSecretBase64(Buffer.from(plain)).toString('latin1')).toBe(text);
    expect(decodeText(text)?.toString('latin1')).toBe(plain);
  });

  it("is the platform's, for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64');
        expect(encodeSecretBase64(bytes).toString('latin1')).toBe(text);
        expect(decodeText(text)).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it.each([
    ['without its padding', 'Zg'],
    ['with half of its padding', 'Zg='],
    ['with padding alone', '===='],
    ['with too much padding', 'Z==='],
    ['with padding in the middle', 'Zg==Zm9v'],
    ['with a space', 'Zm 9'],
    ['with a line end', 'Zm9v\n\n\n\n'],
    ['of the URL alphabet', 'Zm-_'],
    ['with bits behind the last byte', 'Zh=='],
    ['with bits behind the last two bytes', 'Zm9='],
    ['of one character too many', 'Zm9vZ==='],
  ])('is refused %s', (_what, text) => {
    expect(decodeText(text)).toBeUndefined();
  });

  it('gives nothing that it would not have made itself', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), (text) => {
        const bytes = decodeText(text);
        if (bytes !== undefined) expect(encodeSecretBase64(bytes).toString('latin1')).toBe(text);
      }),
    );
  });
});
