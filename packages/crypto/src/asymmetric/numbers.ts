/*
 * Octet strings and numbers (RFC 8017, section 4). A BigInt of a secret lies in JavaScript's heap, where it cannot be
 * zeroised; it never passes through a string here.
 */

/** OS2IP: the number that the bytes are, most significant first. */
export function readNumber(bytes: Uint8Array): bigint {
  const { length } = bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  let number = 0n;
  let at = 0;
  for (; at < length % 8; at++) number = (number << 8n) | BigInt(view.getUint8(at));
  for (; at < length; at += 8) number = (number << 64n) | view.getBigUint64(at);
  return number;
}

/** I2OSP: writes the number into all of `target`. Throws a RangeError if it is negative or does not fit. */
export function writeNumber(target: Uint8Array, number: bigint): void {
  const view = new DataView(target.buffer, target.byteOffset, target.length);
  let rest = number;
  let at = target.length;
  for (; at >= 8; rest >>= 64n) view.setBigUint64((at -= 8), rest & 0xffff_ffff_ffff_ffffn);
  for (; at > 0; rest >>= 8n) view.setUint8(--at, Number(rest & 0xffn));
  if (rest !== 0n) throw new RangeError('The number does not fit');
}

/** The residue in 0 … modulus - 1, of negative numbers too. */
export function residue(number: bigint, modulus: bigint): bigint {
  const remainder = number % modulus;
  return remainder < 0n ? remainder + modulus : remainder;
}

/**
 * The inverse modulo `modulus`, by Euclid's algorithm, whose time depends on the number: blind a secret first.
 * Undefined where there is none.
 */
export function invert(number: bigint, modulus: bigint): bigint | undefined {
  let [a, b] = [residue(number, modulus), modulus];
  let [x, y] = [1n, 0n];
  while (b !== 0n) {
    const quotient = a / b;
    [a, b] = [b, a - quotient * b];
    [x, y] = [y, x - quotient * y];
  }
  return a === 1n ? residue(x, modulus) : undefined;
}
