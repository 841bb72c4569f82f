/**
 * Memory of its own for secret bytes, zero at first, that stays where it is. V8 keeps the bytes of arrays of up to 64
 * bytes (`Buffer.alloc` makes such) in its heap: a collection moves them there, and the old copy stays, which nobody can
 * zeroise. What an ArrayBuffer is made for lies outside and never moves.
 */
export function secretMemory(length: number): Buffer<ArrayBuffer> {
  return Buffer.from(new ArrayBuffer(length));
}

/** A copy of the bytes in such memory, for the caller to zeroise. */
export function copySecretBytes(bytes: Uint8Array): Buffer<ArrayBuffer> {
  const copy = secretMemory(bytes.length);
  copy.set(bytes);
  return copy;
}
