/** The bytes are not DER. */
export class DerError extends Error {
  override readonly name = 'DerError';
}

/** One element of DER; `contents` is a view of the bytes that were read. */
export interface DerElement {
  /** The identifier octet: class, primitive or constructed, and a tag number below 31. */
  readonly identifier: number;
  readonly contents: Buffer;
}

/**
 * The elements that stand one after another in `bytes`, with nothing between and nothing after them (ITU-T X.690,
 * section 10.1: definite lengths in their shortest form). What is within them is read by another call, so that nothing
 * recurses deeper than the caller's own form. Throws DerError.
 */
export function readDerElements(bytes: Buffer): readonly DerElement[] {
  const elements: DerElement[] = [];
  let at = 0;
  while (at < bytes.length) {
    const identifier = bytes[at] ?? 0;
    if ((identifier & 0x1f) === 0x1f) throw new DerError('A tag number has more than one byte');
    const { length, contentsAt } = readLength(bytes, at + 1);
    at = contentsAt + length;
    if (at > bytes.length) throw new DerError('An element is cut short');
    elements.push({ identifier, contents: bytes.subarray(contentsAt, at) });
  }
  return elements;
}

/** The one element of that identifier that `bytes` is. Throws DerError. */
export function readDerElement(bytes: Buffer, identifier: number): Buffer {
  const [element, ...more] = readDerElements(bytes);
  if (element?.identifier !== identifier || more.length > 0)
    throw new DerError('Another element was expected');
  return element.contents;
}

function readLength(bytes: Buffer, at: number): { readonly length: number; readonly contentsAt: number } {
  const first = bytes[at];
  if (first === undefined) throw new DerError('A length is missing');
  if (first < 0x80) return { length: first, contentsAt: at + 1 };
  const size = first & 0x7f;
  // 0x80 is the indefinite form, and no certificate has 16 MiB.
  if (size === 0 || size > 3 || at + size >= bytes.length) throw new DerError('A length is not DER');
  const length = bytes.readUIntBE(at + 1, size);
  if (length < 0x80 || length < 2 ** (8 * (size - 1)))
    throw new DerError('A length is not in its shortest form');
  return { length, contentsAt: at + 1 + size };
}
