const empty = Buffer.alloc(0);

/**
 * The encryption context as bytes to authenticate. Injective: the pairs are sorted by the UTF-8 bytes of their keys,
 * and each key and value follows its own length in bytes (32-bit big-endian), so where one ends is never in doubt.
 * Absent and empty are the same, zero bytes. The order of insertion does not matter; case and Unicode
 * normalisation do, as with AWS. Throws a TypeError for a lone surrogate, which UTF-8 cannot tell from U+FFFD.
 */
export function encodeEncryptionContext(pairs: ReadonlyMap<string, string> | undefined): Buffer {
  if (pairs === undefined || pairs.size === 0) return empty;
  const ordered = sortPairs(pairs);
  return encodeAscii(ordered) ?? encodeUtf8(ordered);
}

/** Key, value, key, value ... in the order of the keys. */
function sortPairs(pairs: ReadonlyMap<string, string>): readonly string[] {
  const ordered: string[] = [];
  if (pairs.size <= 2) {
    for (const [key, value] of pairs) {
      if (ordered.length === 2 && compareUtf8(key, ordered[0] ?? '') < 0) ordered.unshift(key, value);
      else ordered.push(key, value);
    }
    return ordered;
  }
  const sorted = [...pairs].sort((a, b) => compareUtf8(a[0], b[0]));
  for (const [key, value] of sorted) ordered.push(key, value);
  return ordered;
}

/** The order of the UTF-8 bytes, which is that of the code points and not that of UTF-16's code units. */
function compareUtf8(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return x < 0xd800 || y < 0xd800 ? x - y : rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Moves the surrogates, which stand for U+10000 and above, behind U+E000 to U+FFFF. */
function rank(unit: number): number {
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}

/** One byte a character, in a loop that short strings finish sooner than a native call would; undefined if not ASCII. */
function encodeAscii(ordered: readonly string[]): Buffer | undefined {
  let size = 0;
  for (const text of ordered) size += 4 + text.length;
  const encoded = Buffer.allocUnsafe(size);
  let at = 0;
  let units = 0;
  for (const text of ordered) {
    const length = text.length;
    at = writeLength(encoded, at, length);
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      units |= unit;
      encoded[at++] = unit;
    }
  }
  return units < 0x80 ? encoded : undefined;
}

function encodeUtf8(ordered: readonly string[]): Buffer {
  let size = 0;
  for (const text of ordered) {
    if (!text.isWellFormed()) throw new TypeError('An encryption context is well-formed Unicode');
    size += 4 + Buffer.byteLength(text);
  }
  const encoded = Buffer.allocUnsafe(size);
  let at = 0;
  for (const text of ordered) {
    const written = encoded.write(text, at + 4, 'utf8');
    at = writeLength(encoded, at, written) + written;
  }
  return encoded;
}

function writeLength(target: Buffer, at: number, length: number): number {
  target[at] = length >>> 24;
  target[at + 1] = length >>> 16;
  target[at + 2] = length >>> 8;
  target[at + 3] = length;
  return at + 4;
}
