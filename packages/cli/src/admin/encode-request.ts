import { Secret } from '@keyhaven/crypto';

/** What a request can consist of. */
export type RequestValue =
  | string
  | number
  | boolean
  | Secret
  | undefined
  | readonly RequestValue[]
  | { readonly [name: string]: RequestValue };

/**
 * A request as JSON, each secret as Base64. Secrets go from their bytes to the body's without becoming a string, which
 * could not be zeroised. Whoever takes the body zeroises it.
 */
export function encodeRequest(value: RequestValue): Buffer {
  const parts: Uint8Array[] = [];
  append(value, parts);
  const body = Buffer.alloc(parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    body.set(part, at);
    at += part.length;
    part.fill(0);
  }
  return body;
}

function append(value: RequestValue, parts: Uint8Array[]): void {
  const text = (json: string) => parts.push(new TextEncoder().encode(json));
  if (value instanceof Secret) {
    text('"');
    parts.push(value.use(encodeBase64));
    text('"');
  } else if (isList(value)) {
    text('[');
    for (const [index, item] of value.entries()) {
      if (index > 0) text(',');
      append(item, parts);
    }
    text(']');
  } else if (typeof value === 'object') {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    text('{');
    for (const [index, [name, member]] of members.entries()) {
      text(`${index > 0 ? ',' : ''}${JSON.stringify(name)}:`);
      append(member, parts);
    }
    text('}');
  } else {
    text(JSON.stringify(value ?? null));
  }
}

function isList(value: RequestValue): value is readonly RequestValue[] {
  return Array.isArray(value);
}

const alphabet = new TextEncoder().encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const padding = 0x3d;

/** RFC 4648, section 4, into memory that can be zeroised. */
function encodeBase64(bytes: Uint8Array): Uint8Array {
  const encoded = new Uint8Array(Math.ceil(bytes.length / 3) * 4);
  for (let from = 0, to = 0; from < bytes.length; from += 3, to += 4) {
    const [one = 0, two, three] = [bytes[from], bytes[from + 1], bytes[from + 2]];
    const triple = (one << 16) | ((two ?? 0) << 8) | (three ?? 0);
    encoded[to] = alphabet[triple >> 18] ?? 0;
    encoded[to + 1] = alphabet[(triple >> 12) & 63] ?? 0;
    encoded[to + 2] = two === undefined ? padding : (alphabet[(triple >> 6) & 63] ?? 0);
    encoded[to + 3] = three === undefined ? padding : (alphabet[triple & 63] ?? 0);
  }
  return encoded;
}
