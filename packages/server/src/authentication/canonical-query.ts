import { mismatch } from './refusals.ts';
import type { QueryParameter } from './query-parameters.ts';

/** Every byte as the canonical request writes it: RFC 3986's unreserved characters as they are, else `%XX`. */
const encodedBytes: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  if (/[A-Za-z0-9\-._~]/.test(character)) return character;
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
});

/**
 * The canonical query string: names and values encoded anew, sorted by encoded name and then by encoded value,
 * without `X-Amz-Signature` when that is where the signature stands (IAM User Guide, "Create a signed AWS API request").
 */
export function canonicalQuery(parameters: readonly QueryParameter[], form: 'header' | 'query'): string {
  if (parameters.length === 0) return '';
  const encoded: QueryParameter[] = [];
  for (const { name, value } of parameters) {
    if (form === 'query' && name === 'X-Amz-Signature') continue;
    encoded.push({ name: percentEncode(name), value: percentEncode(value) });
  }
  encoded.sort((a, b) => compare(a.name, b.name) || compare(a.value, b.value));
  let text = '';
  for (const { name, value } of encoded) text += `${text === '' ? '' : '&'}${name}=${value}`;
  return text;
}

/** Bytes as characters, each as the canonical request writes it. */
export function percentEncode(text: string): string {
  let encoded = '';
  for (let i = 0; i < text.length; i++) {
    const byte = encodedBytes[text.charCodeAt(i)];
    // Not a byte of the wire: WireRequest promises Latin-1.
    if (byte === undefined) throw mismatch();
    encoded += byte;
  }
  return encoded;
}

/** Code unit order, which is byte order here; localeCompare would not be. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
