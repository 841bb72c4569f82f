/*
 * A wrapped secret that says which key wraps it:
 *
 *   0      02
 *   1-16   id of the wrapping key
 *   17-    what `wrap` made, whose first byte is 01
 *
 * Where keys are rotated, what is wrapped under the old one and under the new one stand side by side. The name is not
 * authenticated by itself and need not be: under another key the rest does not open.
 */
const named = 2;
const idBytes = 16;
const bodyAt = 1 + idBytes;

/** `wrapped` with the wrapping key's id (32 lower-case hexadecimal digits) before it. */
export function nameWrappingKey(id: string, wrapped: Uint8Array): Buffer {
  if (!/^[0-9a-f]{32}$/.test(id)) throw new RangeError('The id of a wrapping key has 32 hexadecimal digits');
  const bytes = Buffer.alloc(bodyAt + wrapped.length);
  bytes[0] = named;
  bytes.write(id, 1, 'hex');
  bytes.set(wrapped, bodyAt);
  return bytes;
}

export interface NamedWrap {
  /** Undefined for bytes from before wrapping keys were named. */
  readonly wrappingKeyId: string | undefined;
  readonly wrapped: Buffer;
}

export function readWrappingKey(bytes: Uint8Array): NamedWrap {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer[0] !== named) return { wrappingKeyId: undefined, wrapped: buffer };
  return { wrappingKeyId: buffer.toString('hex', 1, bodyAt), wrapped: buffer.subarray(bodyAt) };
}
