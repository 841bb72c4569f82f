/** Crockford's alphabet: 32 digits and letters without I, L, O and U, so that no two of them look alike. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** Read as well, for whoever types from paper. */
const lookalikes: Readonly<Record<string, string>> = { I: '1', L: '1', O: '0' };

const values = new Map<number, number>();
for (const letter of Array.from(alphabet).concat(Object.keys(lookalikes))) {
  const value = alphabet.indexOf(lookalikes[letter] ?? letter);
  for (const spelling of [letter, letter.toLowerCase()]) values.set(spelling.charCodeAt(0), value);
}

/** Bytes in Base32, in capitals. Their number is a multiple of five, so that no bit is left over. */
export function encodeBase32(bytes: Uint8Array): string {
  if (bytes.length % 5 !== 0) throw new RangeError('Base32 without padding takes multiples of five bytes');
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += alphabet.charAt((held >>> (bits - 5)) & 31);
    held &= 31;
  }
  return text;
}

/** What one character stands for, in either case; undefined if it is none of Base32. */
export function base32Value(character: number): number | undefined {
  return values.get(character);
}

/** Writes values of five bits, each in one byte of `digits`, into `target` as whole bytes. */
export function packBase32(digits: Uint8Array, target: Uint8Array): void {
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const digit of digits) {
    held = ((held << 5) | digit) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    target[at++] = held >>> bits;
  }
}
