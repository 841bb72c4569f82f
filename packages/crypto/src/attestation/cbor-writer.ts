// CBOR (RFC 8949), as much as attestation documents need: definite lengths, each number in its shortest form.

/** An integer, of up to 53 bits. */
export function cborInteger(value: number): Buffer {
  return value < 0 ? cborHead(1, -1 - value) : cborHead(0, value);
}

/** A byte string. */
export function cborBytes(value: Uint8Array): Buffer {
  return Buffer.concat([cborHead(2, value.length), value]);
}

/** A text string. */
export function cborText(value: string): Buffer {
  const text = Buffer.from(value, 'utf8');
  return Buffer.concat([cborHead(3, text.length), text]);
}

/** An array of items that are encoded already. */
export function cborArray(...items: readonly Uint8Array[]): Buffer {
  return Buffer.concat([cborHead(4, items.length), ...items]);
}

/** A map of pairs that are encoded already, in the order given. */
export function cborMap(...pairs: readonly (readonly [key: Uint8Array, value: Uint8Array])[]): Buffer {
  return Buffer.concat([cborHead(5, pairs.length), ...pairs.flat()]);
}

/** Major type and argument (RFC 8949, section 3). */
function cborHead(majorType: number, argument: number): Buffer {
  const first = majorType << 5;
  if (argument < 24) return Buffer.from([first | argument]);
  if (argument < 0x100) return Buffer.from([first | 24, argument]);
  if (argument < 0x1_0000) return Buffer.from([first | 25, argument >>> 8, argument & 0xff]);
  const head = Buffer.alloc(argument < 0x1_0000_0000 ? 5 : 9);
  if (head.length === 5) head.writeUInt32BE(argument, 1);
  else head.writeBigUInt64BE(BigInt(argument), 1);
  head[0] = first | (head.length === 5 ? 26 : 27);
  return head;
}
