// DER (ITU-T X.690, section 10), as much as CMS needs: definite lengths, each in its shortest form.

/** An element: its identifier octet, its length, and `contents` one after another. Lengths below 2^24 bytes. */
export function derElement(identifier: number, ...contents: readonly Uint8Array[]): Buffer {
  const length = contents.reduce((sum, { length }) => sum + length, 0);
  return Buffer.concat([Buffer.from([identifier, ...derLength(length)]), ...contents]);
}

/** SEQUENCE. */
export function derSequence(...contents: readonly Uint8Array[]): Buffer {
  return derElement(0x30, ...contents);
}

/** OBJECT IDENTIFIER, from the bytes of its contents in hexadecimal. */
export function derObjectIdentifier(contents: string): Buffer {
  return derElement(0x06, Buffer.from(contents, 'hex'));
}

/** INTEGER, from 0 to 127. */
export function derSmallInteger(value: number): Buffer {
  return derElement(0x02, Buffer.from([value]));
}

function derLength(length: number): readonly number[] {
  if (length < 0x80) return [length];
  if (length < 0x100) return [0x81, length];
  if (length < 0x1_0000) return [0x82, length >>> 8, length & 0xff];
  return [0x83, length >>> 16, (length >>> 8) & 0xff, length & 0xff];
}
